DROP INDEX idx_books_author_id;
ALTER TABLE books ALTER COLUMN title DROP NOT NULL;
CREATE TABLE books_backup (id integer);
CREATE TEXT SEARCH CONFIGURATION public.plain_english (COPY = english);
