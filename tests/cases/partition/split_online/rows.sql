INSERT INTO companies SELECT generate_series(1, 9);
INSERT INTO t (at, company_id, note) SELECT '2024-01-01'::date + n, 1 + n % 9, 'row ' || n FROM generate_series(0, 730) n;
INSERT INTO refers SELECT id, id, at FROM t WHERE id % 3 = 0;
