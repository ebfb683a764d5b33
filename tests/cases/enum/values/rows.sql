INSERT INTO bookings (status, mood, all_moods) VALUES ('done', 'sad', '{sad,ok}'), ('pending', NULL, NULL);
