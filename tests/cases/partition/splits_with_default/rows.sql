INSERT INTO m SELECT n, '2025-01-01'::date + n FROM generate_series(0, 199) n;
