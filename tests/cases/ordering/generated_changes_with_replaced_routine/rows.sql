INSERT INTO person (name) VALUES ('Ann');
