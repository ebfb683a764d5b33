INSERT INTO p SELECT generate_series(1, 20);
INSERT INTO c SELECT generate_series(1, 20);
INSERT INTO whole SELECT n % 20, n FROM generate_series(1, 20) n;
