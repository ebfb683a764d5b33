INSERT INTO messages (created_at) VALUES ('2025-11-03 00:00:00+00'), ('2026-01-05 00:00:00+00');
