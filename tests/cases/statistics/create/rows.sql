INSERT INTO "T t" VALUES (1, 2, 'x');
