INSERT INTO t SELECT n, n FROM generate_series(1, 1000) n;
-- As a concurrent build leaves it that did not come to its end.
UPDATE pg_index SET indisvalid = false, indisready = false WHERE indexrelid IN ('ux'::regclass, 'ix'::regclass);
