INSERT INTO t (id, retyped, kept, status) VALUES (1, 2, 'k', 'a');
