INSERT INTO m SELECT n, '2025-01-01'::date + n FROM generate_series(0, 150) n;
-- As a run leaves it that was cut off.
CREATE INDEX m_at ON ONLY m (at);
CREATE INDEX m_a_at_idx ON m_a (at);
ALTER INDEX m_at ATTACH PARTITION m_a_at_idx;
