INSERT INTO t SELECT n, n % 7, 'row ' || n FROM generate_series(1, 100) n;
INSERT INTO small VALUES (1);
