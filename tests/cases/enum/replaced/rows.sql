INSERT INTO bookings (status, past) VALUES ('done', '{pending,done}'), ('pending', NULL);
INSERT INTO state VALUES ('pending'), ('done');
INSERT INTO history VALUES (1, 'done'), (11, 'pending');
