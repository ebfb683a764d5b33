INSERT INTO t (added) VALUES (1), (2);
