INSERT INTO secrets VALUES ('me');
