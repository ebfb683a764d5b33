INSERT INTO messages SELECT n, n % 7 FROM generate_series(0, 399) n WHERE n < 200 OR n >= 300;
