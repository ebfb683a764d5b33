//! The tokens of a body in PL/pgSQL. Its scanner is the server's own for SQL, so that quotes, comments and
//! dollar quotes are those of SQL.
//! <https://www.postgresql.org/docs/current/sql-syntax-lexical.html>

/// A token, and the bytes that it takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    pub kind: TokenKind,
    pub start: usize,
    pub end: usize,
}

/// What a token is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenKind {
    /// A keyword, or a name without quotes: in lower case.
    Word(String),
    /// A name in double quotes.
    Quoted(String),
    /// A constant, of whatever kind.
    Constant,
    /// An operator, or a mark such as `;`.
    Mark(String),
}

impl Token {
    /// The word, where it may be a keyword.
    #[must_use]
    pub fn word(&self) -> Option<&str> {
        match &self.kind {
            TokenKind::Word(word) => Some(word),
            _ => None,
        }
    }

    /// The name, quoted or not.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match &self.kind {
            TokenKind::Word(name) | TokenKind::Quoted(name) => Some(name),
            _ => None,
        }
    }

    #[must_use]
    pub fn is(&self, mark: &str) -> bool {
        matches!(&self.kind, TokenKind::Mark(own) if own == mark)
    }
}

/// All tokens of a text; `None`, where a quote or a comment does not end.
#[must_use]
pub fn scan(text: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let start = at;
        let rest = &text[at..];
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        if let Some(length) = comment(rest)? {
            at += length;
            continue;
        }
        let (kind, length) = token(rest, first)?;
        at += length;
        tokens.push(Token { kind, start, end: at });
    }
    Some(tokens)
}

/// How long the comment is that a text begins with.
#[expect(clippy::option_option, reason = "no comment is something else than one without an end")]
fn comment(rest: &str) -> Option<Option<usize>> {
    if rest.starts_with("--") {
        return Some(Some(rest.find('\n').unwrap_or(rest.len())));
    }
    if !rest.starts_with("/*") {
        return Some(None);
    }
    let (mut depth, mut at) = (1, 2);
    while depth > 0 {
        let open = rest[at..].find("/*").map(|n| at + n);
        let close = at + rest[at..].find("*/")?;
        match open {
            Some(open) if open < close => {
                depth += 1;
                at = open + 2;
            }
            _ => {
                depth -= 1;
                at = close + 2;
            }
        }
    }
    Some(Some(at))
}

fn token(rest: &str, first: char) -> Option<(TokenKind, usize)> {
    let bytes = rest.as_bytes();
    if first == '"' {
        let (name, length) = quoted(rest)?;
        return Some((TokenKind::Quoted(name), length));
    }
    if first == '\'' {
        return Some((TokenKind::Constant, string(rest, false)?));
    }
    if first == '$' {
        return dollar(rest);
    }
    if starts_name(first) {
        // E'…' has escapes; B'…', X'…' and N'…' have none; U&'…' and U&"…" have what looks like none.
        let second = bytes.get(1);
        if second == Some(&b'\'') && matches!(first, 'e' | 'E' | 'b' | 'B' | 'x' | 'X' | 'n' | 'N')
        {
            return Some((
                TokenKind::Constant,
                1 + string(&rest[1..], matches!(first, 'e' | 'E'))?,
            ));
        }
        if matches!(first, 'u' | 'U') && second == Some(&b'&') {
            match bytes.get(2) {
                Some(b'\'') => return Some((TokenKind::Constant, 2 + string(&rest[2..], false)?)),
                Some(b'"') => {
                    let (name, length) = quoted(&rest[2..])?;
                    return Some((TokenKind::Quoted(name), 2 + length));
                }
                _ => {}
            }
        }
        let end = rest.find(|c| !(starts_name(c) || c.is_ascii_digit() || c == '$'));
        let length = end.unwrap_or(rest.len());
        return Some((TokenKind::Word(rest[..length].to_ascii_lowercase()), length));
    }
    if first.is_ascii_digit() || (first == '.' && bytes.get(1).is_some_and(u8::is_ascii_digit)) {
        return Some((TokenKind::Constant, number(rest)));
    }
    for mark in [":=", "..", "::", "=>"] {
        if rest.starts_with(mark) {
            return Some((TokenKind::Mark(mark.to_owned()), mark.len()));
        }
    }
    if OPERATOR.contains(first) {
        let mut length = rest.find(|c| !OPERATOR.contains(c)).unwrap_or(rest.len());
        for comment in ["--", "/*"] {
            length = rest[..length].find(comment).unwrap_or(length);
        }
        return Some((TokenKind::Mark(rest[..length].to_owned()), length));
    }
    Some((TokenKind::Mark(first.to_string()), first.len_utf8()))
}

const OPERATOR: &str = "+-*/<>=~!@#%^&|`?";

fn starts_name(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_' || !c.is_ascii()
}

fn quoted(rest: &str) -> Option<(String, usize)> {
    let mut name = String::new();
    let mut at = 1;
    loop {
        let close = at + rest[at..].find('"')?;
        name.push_str(&rest[at..close]);
        at = close + 1;
        if !rest[at..].starts_with('"') {
            return Some((name, at));
        }
        name.push('"');
        at += 1;
    }
}

/// How long a string in single quotes is.
fn string(rest: &str, escapes: bool) -> Option<usize> {
    let bytes = rest.as_bytes();
    let mut at = 1;
    loop {
        match bytes.get(at)? {
            b'\\' if escapes => at += 2,
            b'\'' if bytes.get(at + 1) == Some(&b'\'') => at += 2,
            b'\'' => return Some(at + 1),
            _ => at += 1,
        }
    }
}

/// A string in dollar quotes, or the number of an argument.
fn dollar(rest: &str) -> Option<(TokenKind, usize)> {
    let tail = &rest[1..];
    let digits = tail.find(|c: char| !c.is_ascii_digit()).unwrap_or(tail.len());
    if digits > 0 {
        return Some((TokenKind::Constant, 1 + digits));
    }
    let end = tail.find(|c: char| !(starts_name(c) || c.is_ascii_digit())).unwrap_or(tail.len());
    if !tail[end..].starts_with('$') {
        return Some((TokenKind::Mark("$".to_owned()), 1));
    }
    let tag = &rest[..end + 2];
    let close = tag.len() + rest[tag.len()..].find(tag)?;
    Some((TokenKind::Constant, close + tag.len()))
}

/// How long a number is: `1..10` begins with a whole one.
fn number(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let dot = *byte == b'.' && bytes.get(at + 1) != Some(&b'.');
        let sign = matches!(byte, b'+' | b'-')
            && matches!(bytes.get(at.wrapping_sub(1)), Some(b'e' | b'E'));
        if !(byte.is_ascii_alphanumeric() || *byte == b'_' || dot || sign) {
            break;
        }
        at += 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<&str> {
        scan(text).unwrap().iter().map(|token| &text[token.start..token.end]).collect()
    }

    #[test]
    fn quotes_and_comments_are_whole() {
        assert_eq!(texts("a'it''s'b"), ["a", "'it''s'", "b"]);
        assert_eq!(texts(r"E'\'' 'c\'"), [r"E'\''", r"'c\'"]);
        assert_eq!(texts("x -- ; \n/* /* ; */ ; */ y"), ["x", "y"]);
        assert_eq!(texts("$a$ $$;$$ $a$ $1;"), ["$a$ $$;$$ $a$", "$1", ";"]);
        assert_eq!(texts(r#""a""b".c"#), [r#""a""b""#, ".", "c"]);
        assert_eq!(scan("'open"), None);
        assert_eq!(scan("/* open"), None);
    }

    #[test]
    fn numbers_end_before_a_range() {
        assert_eq!(texts("1..10"), ["1", "..", "10"]);
        assert_eq!(texts("1.5e-3-x"), ["1.5e-3", "-", "x"]);
        assert_eq!(texts("a:=b::int--c"), ["a", ":=", "b", "::", "int"]);
        assert_eq!(texts("<<l>> a<=b"), ["<<", "l", ">>", "a", "<=", "b"]);
    }
}
