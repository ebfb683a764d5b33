INSERT INTO people (name) VALUES ('Ann'), ('Bob'), (NULL);
