INSERT INTO t VALUES (1, 'g', 2, 'k');
