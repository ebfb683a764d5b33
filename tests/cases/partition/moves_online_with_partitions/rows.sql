INSERT INTO cold (id, at, tenant, note) VALUES (1, '2024-05-01', 1, 'a'), (2, '2024-06-01', 2, NULL);
INSERT INTO hot (id, at, tenant, note) VALUES (3, '2025-05-01', 1, 'b');
