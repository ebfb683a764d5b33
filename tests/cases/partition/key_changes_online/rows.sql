INSERT INTO t SELECT n, n % 3, '2024-06-01'::date + n FROM generate_series(1, 500) n;
INSERT INTO others SELECT id, k FROM t WHERE id < 5;
