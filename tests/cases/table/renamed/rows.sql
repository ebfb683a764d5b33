INSERT INTO shelves (label, room) VALUES ('a', 1), ('b', 2);
INSERT INTO books VALUES (1, 1), (2, 2);
