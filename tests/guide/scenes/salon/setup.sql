ALTER TABLE bookings DROP CONSTRAINT bookings_client_id_fkey;
