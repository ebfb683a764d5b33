INSERT INTO t (at, note) VALUES ('2025-01-05', 'x'), ('2025-02-06', 'y');
INSERT INTO l VALUES ('a', 1), ('b, c', 2);
INSERT INTO m VALUES (1, 2), (2, 1);
