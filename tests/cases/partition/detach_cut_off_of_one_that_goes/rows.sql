INSERT INTO goes SELECT n % 2 + 1, n FROM generate_series(1, 20) n;
-- What DETACH PARTITION CONCURRENTLY leaves when it is cancelled while it waits for those who read.
ALTER TABLE goes_1 ADD CONSTRAINT goes_1_k_check CHECK (k IS NOT NULL AND k = 1);
UPDATE pg_inherits SET inhdetachpending = true WHERE inhrelid = 'goes_1'::regclass;
UPDATE pg_class SET relname = relname WHERE relname = 'goes';
