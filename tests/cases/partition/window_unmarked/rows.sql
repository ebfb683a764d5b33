INSERT INTO m VALUES (3, '2025-11-20');
COMMENT ON TABLE m_2025_11 IS E'seen by finance\npgconverge: detached from public.m as of 2026-01-01';
