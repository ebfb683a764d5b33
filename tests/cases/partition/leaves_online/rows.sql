INSERT INTO groups SELECT generate_series(1, 5);
INSERT INTO t (k, v) SELECT CASE n % 3 WHEN 0 THEN 2 WHEN 1 THEN 3 ELSE 5 END, 'v' FROM generate_series(1, 50) n;
INSERT INTO p SELECT generate_series(10, 29);
INSERT INTO refers SELECT generate_series(20, 29);
INSERT INTO d SELECT n % 4 + 1 FROM generate_series(1, 50) n;
INSERT INTO r SELECT n % 2 + 1 FROM generate_series(1, 50) n;
