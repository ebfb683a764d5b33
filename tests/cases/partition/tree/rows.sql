INSERT INTO companies VALUES (1);
