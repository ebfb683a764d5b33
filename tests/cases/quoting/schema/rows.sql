INSERT INTO "My App"."Users" VALUES (1);
