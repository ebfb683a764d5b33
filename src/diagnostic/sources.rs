//! The files that were read, kept so that a failure can be shown in them.

use std::path::{Path, PathBuf};

use crate::sql::{FileId, Place};

/// Files by their number.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    files: Vec<(PathBuf, String)>,
    plain: Vec<FileId>,
}

impl Sources {
    /// Takes a file in; its number is what a [`Place`] in it carries.
    pub fn add(&mut self, path: PathBuf, text: String) -> FileId {
        self.files.push((path, text));
        FileId(u32::try_from(self.files.len() - 1).unwrap_or(u32::MAX))
    }

    /// Takes in a file that is one SQL text from its first byte to its last.
    pub fn add_plain(&mut self, path: PathBuf, text: String) -> FileId {
        let file = self.add(path, text);
        self.plain.push(file);
        file
    }

    #[must_use]
    pub fn path(&self, file: FileId) -> &Path {
        self.files.get(file.0 as usize).map_or(Path::new(""), |(path, _)| path)
    }

    #[must_use]
    pub fn text(&self, file: FileId) -> &str {
        self.files.get(file.0 as usize).map_or("", |(_, text)| text)
    }

    /// Every file, in the order of their numbers.
    pub fn files(&self) -> impl Iterator<Item = (FileId, &Path, &str)> {
        (0..).zip(&self.files).map(|(n, (path, text))| (FileId(n), path.as_path(), text.as_str()))
    }

    /// Line and column of the start of `place`, both from 1; columns count characters.
    #[must_use]
    pub fn line_and_column(&self, place: Place) -> (usize, usize) {
        let text = self.text(place.file);
        let before = text.get(..place.start as usize).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |n| n + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }

    /// "file:line", as a plan gives its reasons.
    #[must_use]
    pub fn describe(&self, place: Place) -> String {
        format!("{}:{}", self.path(place.file).display(), self.line_and_column(place).0)
    }

    /// The bytes of the file that stand for the character at byte `offset` of the *value* of the
    /// TOML string at `place`, escapes and opening quotes accounted for.
    /// <https://toml.io/en/v1.0.0#string>
    #[must_use]
    pub fn inside_string(&self, place: Place, offset: usize) -> Option<Place> {
        let source = self.text(place.file).get(place.range())?;
        let plain = self.plain.contains(&place.file);
        let (open, escapes) = if plain { (0, false) } else { opening(source)? };
        let mut raw = open;
        let mut value = 0;
        while value < offset {
            let (raw_length, value_length) = unit(&source[raw..], escapes)?;
            raw += raw_length;
            value += value_length;
        }
        let width = unit(source.get(raw..)?, escapes).map_or(1, |(length, _)| length);
        let start = place.start + u32::try_from(raw).ok()?;
        let end = (start + u32::try_from(width).ok()?).min(place.end);
        Some(Place { start, end, ..place })
    }
}

/// How long the opening quotes are, and whether the string has escapes. A multi-line string's
/// first newline is not part of its value.
fn opening(source: &str) -> Option<(usize, bool)> {
    let quote = source.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let triple: String = std::iter::repeat_n(quote, 3).collect();
    let mut open = 1;
    if source.len() >= 6 && source.starts_with(&triple) {
        open = 3;
        let rest = &source[3..];
        open += if rest.starts_with("\r\n") { 2 } else { usize::from(rest.starts_with('\n')) };
    }
    Some((open, quote == '"'))
}

/// Length in the file and in the value of the next character.
fn unit(rest: &str, escapes: bool) -> Option<(usize, usize)> {
    let mut characters = rest.chars();
    let first = characters.next()?;
    if !(escapes && first == '\\') {
        return Some((first.len_utf8(), first.len_utf8()));
    }
    let second = characters.next()?;
    let digits = match second {
        'x' => 2,
        'u' => 4,
        'U' => 8,
        // A backslash at the end of a line swallows the blanks after it.
        c if c.is_whitespace() => {
            let blanks = rest[1..].len() - rest[1..].trim_start().len();
            return Some((1 + blanks, 0));
        }
        _ => return Some((2, 1)),
    };
    let code = u32::from_str_radix(rest.get(2..2 + digits)?, 16).ok()?;
    Some((2 + digits, char::from_u32(code)?.len_utf8()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inside(text: &str, offset: usize) -> String {
        let mut sources = Sources::default();
        let file = sources.add("a.toml".into(), text.to_owned());
        let place = Place { file, start: 0, end: u32::try_from(text.len()).unwrap() };
        let found = sources.inside_string(place, offset).unwrap();
        text[found.range()].to_owned()
    }

    #[test]
    fn finds_characters_of_a_string() {
        assert_eq!(inside("'abc'", 1), "b");
        assert_eq!(inside(r#""a\"c""#, 1), "\\\"");
        assert_eq!(inside(r#""a\"c""#, 2), "c");
        assert_eq!(inside("\"\\u00e9x\"", 2), "x");
        assert_eq!(inside("'''\nab'''", 1), "b");
        assert_eq!(inside("\"\"\"a\\\n   b\"\"\"", 1), "\\\n   ");
        assert_eq!(inside("'élan'", 2), "l");
    }
}
