INSERT INTO t SELECT n, '2024-01-01'::date + n FROM generate_series(0, 100) n;
