INSERT INTO sales SELECT n, 'shop ' || n % 7, n FROM generate_series(1, 100) n;
REFRESH MATERIALIZED VIEW per_shop;
