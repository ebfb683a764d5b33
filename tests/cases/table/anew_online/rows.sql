INSERT INTO orders (code, amount, part_of) SELECT (n * 7)::text, n, nullif(n / 2, 0) FROM generate_series(1, 300) n;
INSERT INTO lines SELECT n, 1 + n % 300 FROM generate_series(1, 500) n;
INSERT INTO keyless SELECT generate_series(1, 10);
