INSERT INTO books (author_id, title, price) SELECT n, 'A title of some length, number ' || n, n FROM generate_series(1, 30000) n;
INSERT INTO old_books SELECT generate_series(1, 50000);
ANALYZE books, old_books;
CREATE TEXT SEARCH CONFIGURATION plain_english (COPY = pg_catalog.english);
