INSERT INTO logs VALUES (1, '2025-05-05', 'x'), (2, '2026-05-05', 'y');
