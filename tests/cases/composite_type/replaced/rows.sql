INSERT INTO t VALUES (1, ROW(3, 4, 'b'), ARRAY[ROW(5, NULL, 'a')::place], ROW(ROW(1, 2, 'a'), NULL)), (2, NULL, NULL, NULL);
