INSERT INTO m (tenant, at) SELECT n, '2025-11-01'::date + n FROM generate_series(0, 28) n;
