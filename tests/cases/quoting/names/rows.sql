INSERT INTO "Order" ("with space") VALUES ('a'), ('b');
UPDATE "Order" SET "select" = 3;
