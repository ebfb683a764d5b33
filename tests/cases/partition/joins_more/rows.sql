INSERT INTO u SELECT n % 2 + 1, 'a', 'b' FROM generate_series(1, 20) n;
INSERT INTO p SELECT 1, n FROM generate_series(1, 20) n;
INSERT INTO b SELECT 2, n FROM generate_series(1, 9) n;
INSERT INTO g SELECT 1, n, 'kept' FROM generate_series(1, 19) n;
INSERT INTO c_joins SELECT 1, 20 + n FROM generate_series(1, 9) n;
INSERT INTO r SELECT 1, n FROM generate_series(1, 20) n;
INSERT INTO d SELECT 2, n FROM generate_series(1, 20) n;
