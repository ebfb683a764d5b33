INSERT INTO hot (at, note) VALUES ('2024-05-01', 'a'), ('2025-05-01', 'b');
