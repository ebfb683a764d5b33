INSERT INTO m VALUES (3, '2025-11-20');
CREATE TABLE m_2025_10 (id bigint, at date);
COMMENT ON TABLE m_2025_10 IS E'pgconverge: detached from public.m as of 2025-12-01\nseen by finance';
