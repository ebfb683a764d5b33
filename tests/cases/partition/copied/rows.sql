INSERT INTO companies (name) VALUES ('a'), ('b');
INSERT INTO messages (company_id, sent_at, body)
SELECT 1 + n % 2, '2025-01-20 00:00:00+00'::timestamptz + n * interval '1 hour', 'text ' || n
FROM generate_series(1, 500) n;
DELETE FROM messages WHERE id = 500;
