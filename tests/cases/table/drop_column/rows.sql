INSERT INTO t VALUES ('x', 1, 5, 'a'), (NULL, 2, 6, NULL);
