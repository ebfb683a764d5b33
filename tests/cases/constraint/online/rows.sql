INSERT INTO owner SELECT n, 'code ' || n FROM generate_series(1, 10) n;
INSERT INTO pet SELECT n, n % 10 + 1, 'pet ' || n, n FROM generate_series(1, 100) n;
