INSERT INTO t VALUES ('longer than five');
