INSERT INTO groups VALUES (1), (2);
INSERT INTO stays SELECT n % 2 + 1, n FROM generate_series(1, 20) n;
INSERT INTO rebound SELECT n % 2 + 1, n FROM generate_series(1, 20) n;
INSERT INTO alone SELECT n % 2 + 1, n FROM generate_series(1, 20) n;
-- What DETACH PARTITION CONCURRENTLY leaves when it is cancelled while it waits for those who read.
ALTER TABLE stays_1 ADD CONSTRAINT stays_1_k_check CHECK (k IS NOT NULL AND k = 1);
ALTER TABLE rebound_1 ADD CONSTRAINT rebound_1_k_check CHECK (k IS NOT NULL AND k = 1);
ALTER TABLE alone_1 ADD CONSTRAINT alone_1_k_check CHECK (k IS NOT NULL AND k = 1);
UPDATE pg_inherits SET inhdetachpending = true
WHERE inhrelid IN ('stays_1'::regclass, 'rebound_1'::regclass, 'alone_1'::regclass);
UPDATE pg_class SET relname = relname WHERE relkind = 'p';
