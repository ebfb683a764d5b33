INSERT INTO t SELECT generate_series(1, 2000);
INSERT INTO p SELECT n % 20 FROM generate_series(1, 500) n;
