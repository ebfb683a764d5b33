INSERT INTO m SELECT n, '2025-11-01'::date + n FROM generate_series(0, 50) n;
