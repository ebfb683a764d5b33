INSERT INTO pairs VALUES ('a', 'b', 'c');
INSERT INTO leaves VALUES ('a', 'b', 'c', 'd');
INSERT INTO joins VALUES ('a', 'b', 'c');
