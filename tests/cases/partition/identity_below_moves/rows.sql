INSERT INTO p (k, t) SELECT 1, n % 3 FROM generate_series(1, 20) n;
INSERT INTO p (k, t) SELECT 1, 10 + n % 3 FROM generate_series(1, 20) n;
INSERT INTO s (id, k, t) SELECT 100 + n, 3, n FROM generate_series(1, 20) n;
