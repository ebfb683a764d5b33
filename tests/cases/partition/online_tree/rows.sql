INSERT INTO tenant SELECT generate_series(1, 9);
INSERT INTO event SELECT n % 9 + 1, date '2024-06-01' + n, 'note ' || n FROM generate_series(1, 400) n;
