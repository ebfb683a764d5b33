INSERT INTO owners VALUES (1), (2);
INSERT INTO t VALUES (1, 1, 1, 'x'), (2, 2, 2, NULL);
