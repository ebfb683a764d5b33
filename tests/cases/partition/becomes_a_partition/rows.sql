INSERT INTO old_events VALUES (1, '2022-01-01', 'a', NULL);
