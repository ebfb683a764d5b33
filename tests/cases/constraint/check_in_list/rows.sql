INSERT INTO orders VALUES ('new'), ('done');
