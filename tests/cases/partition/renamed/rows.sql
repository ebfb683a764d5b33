INSERT INTO events VALUES ('2023-05-05', 'a'), ('2025-05-05', 'b');
