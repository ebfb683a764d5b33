INSERT INTO t
SELECT n, 'wide ' || n, 'any ' || n, 'text ' || n, 'back ' || n, n + 0.25, n + 0.75, timestamp '2025-11-15 10:00:00.123',
       timestamptz '2025-11-15 10:00:00.123+01', time '10:00', interval '1 hour 1.5 seconds', B'1010',
       timestamp '2025-11-15 10:00', timestamptz '2025-11-15 10:00+03', '10.0.0.0/8', '<a/>'
FROM generate_series(1, 10) n;
