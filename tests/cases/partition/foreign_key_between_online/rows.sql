INSERT INTO groups SELECT generate_series(0, 19);
INSERT INTO members SELECT n % 2 + 1, n FROM generate_series(0, 19) n;
INSERT INTO plain SELECT generate_series(0, 19);
INSERT INTO nodes SELECT n % 2 + 1, n, CASE WHEN n > 2 THEN n - 2 END FROM generate_series(1, 20) n;
INSERT INTO steps SELECT n, nullif(n - 1, 0) FROM generate_series(1, 20) n;
