INSERT INTO other VALUES (1); INSERT INTO events (at, other_id) VALUES ('2024-05-01', 1);
