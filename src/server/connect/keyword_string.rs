//! Keyword/value strings: <https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-KEYWORD-VALUE>.

use std::iter::Peekable;
use std::str::Chars;

use super::error::ConnectError;

/// The parameters of `keyword = 'value' …`, in their order.
///
/// No error quotes the string: a word in the wrong place may be part of a password.
///
/// # Errors
/// [`ConnectError::MalformedKeywordString`].
pub(super) fn parse(text: &str) -> Result<Vec<(String, String)>, ConnectError> {
    let mut rest = text.chars().peekable();
    let mut parameters: Vec<(String, String)> = Vec::new();
    loop {
        skip_space(&mut rest);
        if rest.peek().is_none() {
            return Ok(parameters);
        }
        let keyword = take_while(&mut rest, |c| c != '=' && !is_space(c));
        skip_space(&mut rest);
        if rest.next_if_eq(&'=').is_none() {
            return Err(malformed(format!(
                "the word at place {} has no `=` after it",
                parameters.len() + 1
            )));
        }
        skip_space(&mut rest);
        let value = if rest.next_if_eq(&'\'').is_some() {
            quoted(&mut rest).ok_or_else(|| {
                malformed(format!(
                    "the quoted value at place {} has no closing quote",
                    parameters.len() + 1
                ))
            })?
        } else {
            unquoted(&mut rest)
        };
        parameters.push((keyword, value));
    }
}

/// What isspace() takes for white space in the C locale.
fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | '\x0b' | '\x0c')
}

fn skip_space(rest: &mut Peekable<Chars<'_>>) {
    while rest.next_if(|c| is_space(*c)).is_some() {}
}

fn take_while(rest: &mut Peekable<Chars<'_>>, wanted: impl Fn(char) -> bool) -> String {
    let mut taken = String::new();
    while let Some(c) = rest.next_if(|c| wanted(*c)) {
        taken.push(c);
    }
    taken
}

fn unquoted(rest: &mut Peekable<Chars<'_>>) -> String {
    let mut value = String::new();
    while let Some(c) = rest.next_if(|c| !is_space(*c)) {
        match c {
            '\\' => value.extend(rest.next()),
            c => value.push(c),
        }
    }
    value
}

/// The value up to the closing quote; `None` when there is none.
fn quoted(rest: &mut Peekable<Chars<'_>>) -> Option<String> {
    let mut value = String::new();
    loop {
        match rest.next()? {
            '\'' => return Some(value),
            '\\' => value.push(rest.next()?),
            c => value.push(c),
        }
    }
}

fn malformed(reason: String) -> ConnectError {
    ConnectError::MalformedKeywordString { reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[(&str, &str)]) {
        let parsed = parse(text).unwrap();
        let parsed: Vec<_> = parsed.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        assert_eq!(parsed, expected, "{text}");
    }

    #[test]
    fn values_may_be_quoted_and_escaped() {
        check("host=localhost port=5432", &[("host", "localhost"), ("port", "5432")]);
        check("  dbname = 'two words'\n user=\tme ", &[("dbname", "two words"), ("user", "me")]);
        check(r"password='it\'s \\ here' host=h", &[("password", r"it's \ here"), ("host", "h")]);
        check(r"password=a\ b\'c", &[("password", "a b'c")]);
        check("host='' port=1", &[("host", ""), ("port", "1")]);
        check("password=a=b", &[("password", "a=b")]);
        check(r"user=x\", &[("user", "x")]);
        check("", &[]);
    }

    proptest::proptest! {
        #[test]
        fn any_value_survives_quoting(first: String, second: String) {
            let quoted = |text: &str| text.replace('\\', r"\\").replace('\'', r"\'");
            let text = format!("user='{}' password = '{}'", quoted(&first), quoted(&second));
            check(&text, &[("user", &first), ("password", &second)]);
        }
    }

    #[test]
    fn malformed_strings_are_refused_without_showing_them() {
        for text in ["password=a s3cret", "password='s3cret", "host=h password='s3cret\\", "s3cret"]
        {
            let error = parse(text).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("s3cret"), "{text}: {error}");
        }
    }
}
