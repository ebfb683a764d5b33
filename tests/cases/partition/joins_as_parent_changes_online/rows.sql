INSERT INTO groups VALUES (1), (2);
INSERT INTO t SELECT n, '2024-01-01'::date + n, 'a', n % 2 + 1 FROM generate_series(1, 20) n;
INSERT INTO z SELECT n, '2025-01-01'::date + n, 'b', n % 2 + 1 FROM generate_series(1, 20) n;
