//! One SQL statement under construction.

use std::fmt;
use std::ops::Range;

use super::fragment::Fragment;
use super::identifier::quote_identifier;
use super::literal::{dollar_quote, quote_literal};
use super::place::Place;

/// Statement text that knows which of its bytes were copied from which place of a file, so that
/// the position at which the server refuses it can be shown where the user wrote it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sql {
    text: String,
    copied: Vec<(Range<usize>, Place)>,
    /// Where a constant is to go that only the environment knows, and the variable that has it.
    secrets: Vec<(Range<usize>, String)>,
}

/// The environment, as far as somebody is to know of it.
pub type Variables<'a> = &'a (dyn Fn(&str) -> Option<String> + Sync);

impl Sql {
    /// A statement that begins with `text`, which is ours and needs no quoting.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self { text: text.to_owned(), ..Self::default() }
    }

    /// Adds words of our own.
    #[must_use]
    pub fn raw(mut self, text: &str) -> Self {
        self.text.push_str(text);
        self
    }

    /// Adds a name, quoted where it needs it.
    #[must_use]
    pub fn identifier(self, name: &str) -> Self {
        let quoted = quote_identifier(name);
        self.raw(&quoted)
    }

    /// Adds a comma-separated list of names.
    #[must_use]
    pub fn identifiers<'a>(self, names: impl IntoIterator<Item = &'a str>) -> Self {
        let list = identifier_list(names);
        self.raw(&list)
    }

    /// Adds a string constant.
    #[must_use]
    pub fn literal(self, text: &str) -> Self {
        let quoted = quote_literal(text);
        self.raw(&quoted)
    }

    /// Adds SQL that a user or the server wrote, as it is.
    #[must_use]
    pub fn fragment(mut self, fragment: &Fragment) -> Self {
        let start = self.text.len();
        self.text.push_str(fragment.statement_text());
        if let Some(place) = fragment.place() {
            self.copied.push((start..self.text.len(), place));
        }
        self
    }

    /// Adds a comma-separated list of such.
    #[must_use]
    pub fn fragments(self, fragments: &[Fragment]) -> Self {
        fragments.iter().enumerate().fold(self, |sql, (n, fragment)| {
            if n > 0 { sql.raw(", ") } else { sql }.fragment(fragment)
        })
    }

    /// Adds a body as a dollar-quoted string constant.
    #[must_use]
    pub fn body(self, body: &Fragment) -> Self {
        let tag = dollar_quote(body.as_str());
        self.raw(&tag).fragment(body).raw(&tag)
    }

    /// Adds a string constant that is a secret: the text shows a psql variable of that name.
    #[must_use]
    pub fn secret(mut self, variable: &str) -> Self {
        let start = self.text.len();
        self.text.push_str(&format!(":'{variable}'"));
        self.secrets.push((start..self.text.len(), variable.to_owned()));
        self
    }

    /// The environment variables that the statement needs.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.secrets.iter().map(|(_, variable)| variable.as_str())
    }

    /// The text to send, secrets and all.
    ///
    /// # Errors
    /// The first variable that is not set.
    pub fn revealed(&self, variables: Variables<'_>) -> Result<String, String> {
        let mut places: Vec<_> = self.secrets.iter().collect();
        places.sort_by_key(|(range, _)| range.start);
        let (mut text, mut end) = (String::new(), 0);
        for (range, variable) in places {
            let value = variables(variable).ok_or_else(|| variable.clone())?;
            text.push_str(&self.text[end..range.start]);
            text.push_str(&quote_literal(&value));
            end = range.end;
        }
        text.push_str(&self.text[end..]);
        Ok(text)
    }

    /// Adds another piece, keeping its places.
    #[must_use]
    pub fn append(mut self, other: &Self) -> Self {
        let at = self.text.len();
        self.insert(at, other);
        self
    }

    /// Puts `other` in at byte `at`.
    pub fn insert(&mut self, at: usize, other: &Self) {
        self.text.insert_str(at, &other.text);
        let ranges = self.copied.iter_mut().map(|(range, _)| range);
        for range in ranges.chain(self.secrets.iter_mut().map(|(range, _)| range)) {
            if range.start >= at {
                *range = range.start + other.text.len()..range.end + other.text.len();
            }
        }
        let moved = |range: &Range<usize>| range.start + at..range.end + at;
        self.copied.extend(other.copied.iter().map(|(range, place)| (moved(range), *place)));
        self.secrets.extend(other.secrets.iter().map(|(range, name)| (moved(range), name.clone())));
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.text.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// The place that byte `at` was copied from, and the offset from the start of that copy.
    #[must_use]
    pub fn place_of(&self, at: usize) -> Option<(Place, usize)> {
        self.copied
            .iter()
            // The server points one past the end when the text stops too early.
            .find(|(range, _)| range.start <= at && at <= range.end)
            .map(|(range, place)| (*place, at - range.start))
    }
}

impl fmt::Display for Sql {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Names, quoted where they need it, with commas between.
pub fn identifier_list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().map(quote_identifier).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::FileId;

    #[test]
    fn secrets_are_not_in_the_text() {
        let mut sql = Sql::new("PASSWORD ").secret("SECRET").raw(", X ").secret("OTHER");
        sql.insert(0, &Sql::new("SET "));
        assert_eq!(sql.as_str(), "SET PASSWORD :'SECRET', X :'OTHER'");
        let variables = |name: &str| Some(format!("it's {name}"));
        let revealed = sql.revealed(&variables).unwrap();
        assert_eq!(revealed, "SET PASSWORD 'it''s SECRET', X 'it''s OTHER'");
        assert_eq!(sql.revealed(&|_| None), Err("SECRET".to_owned()));
    }

    #[test]
    fn places_follow_insertions() {
        let place = Place { file: FileId(0), start: 10, end: 17 };
        let mut sql = Sql::new("CHECK (").fragment(&Fragment::at("a > 0", place)).raw(")");
        sql.insert(0, &Sql::new("ADD "));
        assert_eq!(sql.as_str(), "ADD CHECK (a > 0)");
        assert_eq!(sql.place_of(13), Some((place, 2)));
        assert_eq!(sql.place_of(2), None);
    }
}
