INSERT INTO t ("on") VALUES (1), (2);
