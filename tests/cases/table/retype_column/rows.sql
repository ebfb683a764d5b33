INSERT INTO measures VALUES (1, 10, 'short', 1.25, '42'), (2, NULL, NULL, NULL, NULL);
