INSERT INTO t VALUES (1, 'a', '{3}', 'x'), (2, DEFAULT, NULL, NULL);
