INSERT INTO events SELECT n, '2025-11-01'::date + n FROM generate_series(1, 50) n;
