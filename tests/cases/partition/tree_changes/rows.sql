INSERT INTO events VALUES (1, '2025-05-05', 'a'), (2, '2025-06-06', 'b');
