INSERT INTO people VALUES ('Ann', 20), ('Bob', 30);
