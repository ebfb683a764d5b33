INSERT INTO files (name, body, "Thumb", size, plain) VALUES ('a', repeat('x', 9000), '\x00', 1.50, 'p'), ('b', NULL, NULL, NULL, NULL);
