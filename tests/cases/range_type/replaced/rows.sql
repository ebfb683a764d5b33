INSERT INTO t VALUES (1, '[1,2)', '[a,b)', '{[a,b),[c,d)}', '{"{[1,2),[3,4)}"}');
