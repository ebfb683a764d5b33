INSERT INTO t VALUES (1, '2025-01-01 00:00:00+00', 'x', 1.5, '{a}', 'abc');
