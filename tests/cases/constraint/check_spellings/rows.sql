INSERT INTO t VALUES ('a', 'a', 1, '2025-01-01');
