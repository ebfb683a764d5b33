//! The names in `references = "companies (id)"` and the like.

use std::iter::Peekable;
use std::str::Chars;

/// A text that should have been a name, and is not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not {expected}")]
pub struct ReferenceError {
    pub text: String,
    pub expected: &'static str,
}

/// Reads `[schema.]name [(column, …)]`: identifiers as SQL spells them, folded to lower case
/// unless quoted.
///
/// # Errors
/// When anything else is there.
pub fn parse_qualified(
    text: &str,
) -> Result<(Option<String>, String, Vec<String>), ReferenceError> {
    let fail = || ReferenceError {
        text: text.to_owned(),
        expected: "a table's name, with its columns in parentheses after it",
    };
    let mut characters = text.chars().peekable();
    let mut name = identifier(&mut characters).ok_or_else(fail)?;
    let mut schema = None;
    skip_blanks(&mut characters);
    if characters.next_if_eq(&'.').is_some() {
        schema = Some(std::mem::replace(&mut name, identifier(&mut characters).ok_or_else(fail)?));
        skip_blanks(&mut characters);
    }
    let mut columns = Vec::new();
    if characters.next_if_eq(&'(').is_some() {
        loop {
            columns.push(identifier(&mut characters).ok_or_else(fail)?);
            skip_blanks(&mut characters);
            match characters.next() {
                Some(',') => {}
                Some(')') => break,
                _ => return Err(fail()),
            }
        }
        skip_blanks(&mut characters);
    }
    if characters.next().is_some() { Err(fail()) } else { Ok((schema, name, columns)) }
}

/// Reads dotted identifiers such as `schema.table.column`.
///
/// # Errors
/// When anything else is there.
pub fn parse_identifier_list(text: &str) -> Result<Vec<String>, ReferenceError> {
    let fail =
        || ReferenceError { text: text.to_owned(), expected: "a name, or names with dots between" };
    let mut characters = text.chars().peekable();
    let mut names = vec![identifier(&mut characters).ok_or_else(fail)?];
    skip_blanks(&mut characters);
    while characters.next_if_eq(&'.').is_some() {
        names.push(identifier(&mut characters).ok_or_else(fail)?);
        skip_blanks(&mut characters);
    }
    if characters.next().is_some() { Err(fail()) } else { Ok(names) }
}

/// The name that a text as the server spells it begins with, without the schema before it: that of a
/// column, or of the function that is called.
#[must_use]
pub fn leading_name(text: &str) -> Option<String> {
    let mut characters = text.chars().peekable();
    let mut name = identifier(&mut characters)?;
    while characters.next_if_eq(&'.').is_some() {
        name = identifier(&mut characters)?;
    }
    matches!(characters.next(), None | Some(' ' | '(')).then_some(name)
}

/// Names with commas between, each quoted or not.
///
/// # Errors
/// When it is something else.
pub fn parse_names(text: &str) -> Result<Vec<String>, ReferenceError> {
    let fail = || ReferenceError { text: text.to_owned(), expected: "names with commas between" };
    let mut characters = text.chars().peekable();
    let mut names = Vec::new();
    loop {
        names.push(identifier(&mut characters).ok_or_else(fail)?);
        skip_blanks(&mut characters);
        match characters.next() {
            Some(',') => {}
            Some(_) => return Err(fail()),
            None => return Ok(names),
        }
    }
}

/// <https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS>
fn identifier(characters: &mut Peekable<Chars<'_>>) -> Option<String> {
    skip_blanks(characters);
    let mut name = String::new();
    if characters.next_if_eq(&'"').is_some() {
        loop {
            match characters.next()? {
                '"' if characters.next_if_eq(&'"').is_some() => name.push('"'),
                '"' => break,
                c => name.push(c),
            }
        }
    } else {
        while let Some(c) =
            characters.next_if(|c| c.is_alphanumeric() || matches!(c, '_' | '$') || !c.is_ascii())
        {
            name.push(c.to_ascii_lowercase());
        }
    }
    (!name.is_empty()).then_some(name)
}

fn skip_blanks(characters: &mut Peekable<Chars<'_>>) {
    while characters.next_if(|c| c.is_whitespace()).is_some() {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_names() {
        let read = |text| parse_qualified(text).unwrap();
        assert_eq!(read("companies (id)"), (None, "companies".into(), vec!["id".into()]));
        assert_eq!(
            read("App.\"T t\"( a , \"B\" )"),
            (Some("app".into()), "T t".into(), vec!["a".into(), "B".into()])
        );
        assert_eq!(read("t"), (None, "t".into(), vec![]));
        assert!(parse_qualified("a b").is_err());
        assert!(parse_qualified("a (b").is_err());
        assert!(parse_qualified("a (b) c").is_err());
        assert!(parse_qualified("").is_err());
        assert_eq!(parse_identifier_list("a.\"B\".c").unwrap(), ["a", "B", "c"]);
    }
}
