INSERT INTO t SELECT n, n % 7, '2025-01-01'::date + n FROM generate_series(0, 364) n;
