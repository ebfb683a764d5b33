INSERT INTO a SELECT n, 'x' FROM generate_series(0, 199) n;
INSERT INTO whole SELECT n, 'x' FROM generate_series(0, 199) n;
