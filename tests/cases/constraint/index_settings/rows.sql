INSERT INTO "Rooms" VALUES (1, 10, '[1,2)'), (2, 20, '[5,9)');
INSERT INTO p VALUES (1), (2);
