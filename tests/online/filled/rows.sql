INSERT INTO t SELECT n, n % 100 FROM generate_series(1, 40000) n;
INSERT INTO p SELECT n % 100 FROM generate_series(1, 20000) n;
