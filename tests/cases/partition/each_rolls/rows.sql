INSERT INTO tenants SELECT generate_series(1, 9);
INSERT INTO messages (tenant_id, created_at) SELECT n, '2025-11-03 00:00:00+00'::timestamptz + n * interval '3 days' FROM generate_series(1, 9) n;
