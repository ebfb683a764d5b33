INSERT INTO t (a, plain) VALUES (1, 1), (2, 2);
