INSERT INTO t SELECT n % 2 + 1, 'x' FROM generate_series(1, 20) n;
INSERT INTO h SELECT n % 2 + 1, 'x' FROM generate_series(1, 20) n;
-- What DETACH PARTITION CONCURRENTLY leaves when it is cancelled while it waits for those who read.
ALTER TABLE h_1 ADD CONSTRAINT h_1_k_check CHECK (k IS NOT NULL AND k = 1);
UPDATE pg_inherits SET inhdetachpending = true WHERE inhrelid = 'h_1'::regclass;
UPDATE pg_class SET relname = relname WHERE relkind = 'p';
