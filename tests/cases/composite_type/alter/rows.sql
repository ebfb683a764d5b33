INSERT INTO people VALUES (1, ROW('s', 'z', 'c'));
