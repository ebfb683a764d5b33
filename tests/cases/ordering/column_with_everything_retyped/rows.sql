INSERT INTO parents VALUES (0), (1); INSERT INTO t (id, code) VALUES (1, 1), (2, 0);
