INSERT INTO messages (kind, at) VALUES ('a', '2025-11-20'), ('b', '2025-12-24');
