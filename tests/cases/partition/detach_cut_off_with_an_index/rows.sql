INSERT INTO events VALUES ('2025-11-03', 'a'), ('2025-12-05', 'b');
-- What DETACH PARTITION CONCURRENTLY leaves when it is cancelled while it waits for those who read.
COMMENT ON TABLE events_2025_11 IS 'pgconverge: detached from public.events as of 2026-01-31';
ALTER TABLE events_2025_11 ADD CONSTRAINT events_2025_11_at_check
  CHECK (at IS NOT NULL AND at >= '2025-11-01'::date AND at < '2025-12-01'::date);
UPDATE pg_inherits SET inhdetachpending = true WHERE inhrelid = 'events_2025_11'::regclass;
UPDATE pg_class SET relname = relname WHERE relkind = 'p';
