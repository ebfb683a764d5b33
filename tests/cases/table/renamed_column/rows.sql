INSERT INTO books (title, price, pages) VALUES ('a', 1, 10), ('b', 20, 300);
INSERT INTO loans VALUES (1);
REFRESH MATERIALIZED VIEW all_books;
