INSERT INTO orders VALUES (1, 10, 'new', NULL), (2, 20, 'paid', 1);
