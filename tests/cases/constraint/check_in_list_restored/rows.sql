INSERT INTO orders VALUES ('new', 'a'), ('done', NULL);
