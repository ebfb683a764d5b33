SELECT count(*) || ' ' || sum(id) || ' ' || sum(a) FROM t WHERE id <= 20000
