INSERT INTO sales VALUES ('north');
