INSERT INTO word VALUES (1, 'Öl'), (2, 'Ofen');
INSERT INTO more VALUES ('Zebra');
