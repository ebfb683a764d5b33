INSERT INTO u SELECT generate_series(0, 99);
INSERT INTO p SELECT n, n % 100 FROM generate_series(1, 20000) n;
