INSERT INTO bookings (company, day) SELECT n % 100, '2025-01-01' FROM generate_series(1, 20000) n; ANALYZE bookings;
