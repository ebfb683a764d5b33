SELECT count(*) FROM t WHERE id = :n
INSERT INTO t VALUES (1000000 + :n, :n % 100, 'new')
UPDATE t SET b = 'other' WHERE id = :n % 20000
DELETE FROM t WHERE id = 1000000 + :n
INSERT INTO u VALUES (:n + 1000)
DELETE FROM u WHERE id = :n + 1000
