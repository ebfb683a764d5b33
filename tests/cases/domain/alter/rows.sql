INSERT INTO items (price, email, kind) VALUES (3, 'x@y', 'b');
