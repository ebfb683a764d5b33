INSERT INTO owners VALUES (7);
INSERT INTO cold (id, at, kind, owner, note) VALUES (1, '2024-05-01', 'k', 7, 'a'), (2, '2024-06-01', 'k', NULL, NULL);
INSERT INTO hot (id, at, kind, owner, note) VALUES (3, '2025-05-01', 'k', 7, 'b');
