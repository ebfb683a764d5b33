//! String constants.

/// `text` as a string constant: doubled quotes, and the `E''` form when there is a backslash, as
/// the server's `quote_literal` does, so that it means the same under either setting of
/// `standard_conforming_strings`.
#[must_use]
pub fn quote_literal(text: &str) -> String {
    let doubled = text.replace('\'', "''");
    if doubled.contains('\\') {
        format!("E'{}'", doubled.replace('\\', "\\\\"))
    } else {
        format!("'{doubled}'")
    }
}

/// A pair of dollar quotes that `text` does not contain, for bodies, where doubled quotes would
/// make the plan unreadable.
/// <https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-DOLLAR-QUOTING>
#[must_use]
pub fn dollar_quote(text: &str) -> String {
    (0..)
        .map(|n| match n {
            0 => "$$".to_owned(),
            1 => "$body$".to_owned(),
            n => format!("$body{n}$"),
        })
        // A body that ends in "$" would run into the closing tag.
        .find(|tag| !format!("{text}$").contains(tag.as_str()))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{dollar_quote, quote_literal};

    #[test]
    fn literals() {
        assert_eq!(quote_literal("it's"), "'it''s'");
        assert_eq!(quote_literal(r"a\b"), r"E'a\\b'");
    }

    #[test]
    fn dollar_quotes_avoid_the_body() {
        assert_eq!(dollar_quote("BEGIN END"), "$$");
        assert_eq!(dollar_quote("SELECT $$x$$"), "$body$");
        assert_eq!(dollar_quote("ends in $"), "$body$");
        assert_eq!(dollar_quote("$$ $body$"), "$body2$");
    }
}
