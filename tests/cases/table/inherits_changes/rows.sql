INSERT INTO base VALUES (1, 'base');
INSERT INTO one VALUES (2, 'one', 'x');
INSERT INTO two VALUES (3, 'two', 'y');
INSERT INTO "Three" (id, note, made) VALUES (4, 'three', '2025-01-01 00:00:00+00');
INSERT INTO four VALUES (5, 'four');
