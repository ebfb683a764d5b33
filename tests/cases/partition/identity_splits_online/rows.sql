INSERT INTO t (tenant, at) SELECT n % 7, '2025-01-01'::date + n % 365 FROM generate_series(1, 500) n;
