INSERT INTO t SELECT n, n % 100, 'row ' || n FROM generate_series(1, 20000) n;
