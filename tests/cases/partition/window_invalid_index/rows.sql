INSERT INTO m SELECT n, '2025-11-20' FROM generate_series(1, 100) n;
CREATE INDEX m_2025_11_id_idx ON m_2025_11 (id);
UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'm_2025_11_id_idx'::regclass;
