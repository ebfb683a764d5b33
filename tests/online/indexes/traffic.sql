SELECT count(*) FROM t WHERE id = :n
INSERT INTO t VALUES (1000000 + :n, :n, 'new')
UPDATE t SET b = 'other' WHERE id = :n % 20000
DELETE FROM t WHERE id = 1000000 + :n
