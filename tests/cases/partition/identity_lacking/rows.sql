-- What PostgreSQL leaves of the identity below a partition that somebody takes out and puts back.
ALTER TABLE p DETACH PARTITION p_1;
ALTER TABLE p ATTACH PARTITION p_1 FOR VALUES IN (1);
INSERT INTO p (k, t) SELECT 1, n % 3 FROM generate_series(1, 20) n;
INSERT INTO p (k, t) SELECT 1, 10 + n % 3 FROM generate_series(1, 20) n;
