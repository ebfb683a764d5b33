INSERT INTO cities VALUES ('Ghent', 260000, 8);
INSERT INTO capitals VALUES ('Bern', 130000, 540, 'BE');
INSERT INTO villages VALUES ('Giethoorn', 2800, 0);
