INSERT INTO a SELECT n, 'x' FROM generate_series(0, 199) n;
INSERT INTO grows VALUES (1, 150);
INSERT INTO changes VALUES (1, 50);
