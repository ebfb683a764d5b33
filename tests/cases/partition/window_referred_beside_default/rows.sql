INSERT INTO messages VALUES (1, '2025-11-03'), (2, '2025-12-05'), (3, '2024-01-01');
INSERT INTO payments SELECT n, 3, '2024-01-01' FROM generate_series(1, 100) n;
