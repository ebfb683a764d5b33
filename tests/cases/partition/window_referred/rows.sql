INSERT INTO messages VALUES (1, '2025-11-03'), (2, '2025-12-05');
-- What refers to nothing keeps nothing.
INSERT INTO payments VALUES (1, NULL, NULL), (2, 1, NULL), (3, NULL, '2025-11-03');
