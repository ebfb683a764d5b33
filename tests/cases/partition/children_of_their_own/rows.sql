INSERT INTO logs (id, level, size, wide) VALUES (1, 'info', 5, 'x'), (500, 'z', 1, NULL), (501, 'b', 2, NULL), (-100, 'a', NULL, NULL);
