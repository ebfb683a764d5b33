INSERT INTO t (at, note) SELECT '2024-01-01'::date + n, 'row ' || n FROM generate_series(0, 730) n;
INSERT INTO l VALUES ('a', 1), ('b', 2), (NULL, 3), ('c', 4);
