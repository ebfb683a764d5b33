SELECT count(*) || ' ' || sum(id) || ' ' || sum(a) FROM p WHERE id <= 20000
