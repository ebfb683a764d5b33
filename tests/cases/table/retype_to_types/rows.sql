INSERT INTO t VALUES (1, 'b', 'b', 'a', 'b', 'yes', '{a,b}', '{b}'), (2, DEFAULT, DEFAULT, NULL, NULL, NULL, NULL, NULL);
