INSERT INTO rooms VALUES ('a'), ('b');
