INSERT INTO t SELECT n, 'row ' || n FROM generate_series(1, 100) n;
INSERT INTO n SELECT 'N' || n FROM generate_series(1, 50) n;
