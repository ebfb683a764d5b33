SELECT setval('past_the_end', 50);
SELECT setval('before_the_start', 10);
SELECT nextval('down');
INSERT INTO t DEFAULT VALUES;
INSERT INTO t DEFAULT VALUES;
