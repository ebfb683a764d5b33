-- The patterns of databases that people learn with, such as Pagila, Chinook and Northwind, in words of our
-- own: small integers as keys, sequences beside their tables, char(n), an enum, a domain, full text by a
-- trigger, payments in partitions, names in capitals.

CREATE TYPE rating AS ENUM ('G', 'PG', 'PG-13', 'R');
CREATE DOMAIN year AS integer CHECK (VALUE >= 1901 AND VALUE <= 2155);
CREATE FUNCTION last_updated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.last_update = CURRENT_TIMESTAMP;
  RETURN NEW;
END $$;

CREATE SEQUENCE customer_customer_id_seq;
CREATE TABLE country (
  country_id serial PRIMARY KEY,
  country text NOT NULL,
  last_update timestamptz DEFAULT now() NOT NULL
);
CREATE TABLE address (
  address_id serial PRIMARY KEY,
  address text NOT NULL,
  district text NOT NULL,
  country_id integer NOT NULL REFERENCES country ON UPDATE CASCADE ON DELETE RESTRICT,
  postal_code text,
  phone text NOT NULL,
  last_update timestamptz DEFAULT now() NOT NULL
);
CREATE INDEX idx_fk_country_id ON address (country_id);
CREATE TABLE store (
  store_id serial PRIMARY KEY,
  manager_staff_id smallint NOT NULL,
  address_id integer NOT NULL REFERENCES address ON UPDATE CASCADE ON DELETE RESTRICT,
  last_update timestamptz DEFAULT now() NOT NULL
);
CREATE UNIQUE INDEX idx_unq_manager_staff_id ON store (manager_staff_id);
CREATE TABLE staff (
  staff_id smallserial PRIMARY KEY,
  first_name text NOT NULL,
  store_id integer NOT NULL REFERENCES store,
  active boolean DEFAULT true NOT NULL,
  picture bytea
);
ALTER TABLE store ADD FOREIGN KEY (manager_staff_id) REFERENCES staff ON UPDATE CASCADE;
CREATE TABLE customer (
  customer_id integer DEFAULT nextval('customer_customer_id_seq') NOT NULL PRIMARY KEY,
  store_id integer NOT NULL REFERENCES store ON UPDATE CASCADE ON DELETE RESTRICT,
  first_name text NOT NULL,
  email text,
  address_id integer NOT NULL REFERENCES address ON UPDATE CASCADE ON DELETE RESTRICT,
  activebool boolean DEFAULT true NOT NULL,
  create_date date DEFAULT CURRENT_DATE NOT NULL,
  active integer
);
CREATE INDEX idx_fk_address_id ON customer (address_id);
CREATE INDEX idx_fk_store_id ON customer (store_id);
CREATE TABLE film (
  film_id serial PRIMARY KEY,
  title text NOT NULL,
  release_year year,
  rental_duration smallint DEFAULT 3 NOT NULL,
  rental_rate numeric(4, 2) DEFAULT 4.99 NOT NULL,
  rating rating DEFAULT 'G',
  special_features text[],
  fulltext tsvector NOT NULL,
  last_update timestamptz DEFAULT now() NOT NULL
);
CREATE INDEX film_fulltext_idx ON film USING gist (fulltext);
CREATE INDEX idx_title ON film (title);
CREATE TRIGGER film_fulltext_trigger BEFORE INSERT OR UPDATE ON film
  FOR EACH ROW EXECUTE FUNCTION tsvector_update_trigger('fulltext', 'pg_catalog.english', 'title');
CREATE TRIGGER last_updated BEFORE UPDATE ON film FOR EACH ROW EXECUTE FUNCTION last_updated();
CREATE TABLE inventory (
  inventory_id serial PRIMARY KEY,
  film_id integer NOT NULL REFERENCES film ON UPDATE CASCADE ON DELETE RESTRICT,
  store_id integer NOT NULL REFERENCES store ON UPDATE CASCADE ON DELETE RESTRICT
);
CREATE INDEX idx_store_id_film_id ON inventory (store_id, film_id);
CREATE TABLE rental (
  rental_id serial PRIMARY KEY,
  rental_date timestamptz NOT NULL,
  inventory_id integer NOT NULL REFERENCES inventory ON UPDATE CASCADE ON DELETE RESTRICT,
  customer_id integer NOT NULL REFERENCES customer ON UPDATE CASCADE ON DELETE RESTRICT,
  return_date timestamptz
);
CREATE INDEX idx_fk_inventory_id ON rental (inventory_id);
CREATE UNIQUE INDEX idx_unq_rental ON rental (rental_date, inventory_id, customer_id);
CREATE TABLE payment (
  payment_id serial NOT NULL,
  customer_id integer NOT NULL REFERENCES customer ON UPDATE CASCADE ON DELETE RESTRICT,
  amount numeric(5, 2) NOT NULL,
  payment_date timestamptz NOT NULL,
  PRIMARY KEY (payment_date, payment_id)
) PARTITION BY RANGE (payment_date);
CREATE TABLE payment_p2022_01 PARTITION OF payment
  FOR VALUES FROM ('2022-01-01 00:00+00') TO ('2022-02-01 00:00+00');
CREATE INDEX payment_customer ON payment (customer_id);

CREATE FUNCTION film_in_stock(film integer) RETURNS bigint LANGUAGE sql STABLE
  AS $$ SELECT count(*) FROM inventory WHERE film_id = $1 $$;
CREATE VIEW customer_list AS
  SELECT customer_id AS id, first_name AS name, a.postal_code AS "zip code"
  FROM customer JOIN address a USING (address_id);

CREATE TABLE territories (
  territory_id varchar(20) PRIMARY KEY,
  territory_description char(60) NOT NULL,
  region_id smallint NOT NULL
);
CREATE TABLE orders (
  order_id smallint PRIMARY KEY,
  customer_code char(5),
  freight real,
  unit_price money,
  ship_name varchar(40)
);
CREATE TABLE order_details (
  order_id smallint NOT NULL REFERENCES orders,
  product_id smallint NOT NULL,
  quantity smallint NOT NULL,
  discount real NOT NULL,
  PRIMARY KEY (order_id, product_id)
);
CREATE TABLE "Album" (
  "AlbumId" integer PRIMARY KEY,
  "Title" varchar(160) NOT NULL,
  "ArtistId" integer NOT NULL
);
CREATE INDEX "IFK_AlbumArtistId" ON "Album" ("ArtistId");
CREATE TABLE "PlaylistTrack" (
  "PlaylistId" integer NOT NULL,
  "TrackId" integer NOT NULL,
  CONSTRAINT "PK_PlaylistTrack" PRIMARY KEY ("PlaylistId", "TrackId")
);
CREATE INDEX "IFK_PlaylistTrackPlaylistId" ON "PlaylistTrack" ("PlaylistId");
