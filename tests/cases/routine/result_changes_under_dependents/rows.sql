INSERT INTO sales (amount) VALUES (10), (20);
