SELECT count(*) FROM t WHERE id = :n
INSERT INTO t (id, a) VALUES (1000000 + :n, :n)
UPDATE t SET a = a + 1 WHERE id = :n % 40000
DELETE FROM t WHERE id = 1000000 + :n
INSERT INTO p (k) VALUES (99)
UPDATE p SET k = 99 WHERE k = 99 AND false
