INSERT INTO core.companies VALUES (1); INSERT INTO sales.orders VALUES (1, 1);
