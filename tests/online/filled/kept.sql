SELECT count(*) || ' ' || sum(id) || ' ' || (SELECT count(*) FROM p WHERE k < 99) FROM t WHERE id <= 40000
