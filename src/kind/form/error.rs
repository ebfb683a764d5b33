//! What can be wrong with an entry.

use std::fmt;

use serde::de;

use crate::diagnostic::did_you_mean;
use crate::sql::Place;

/// An entry that is not what its kind expects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormError {
    pub code: &'static str,
    pub message: String,
    pub help: Option<String>,
    pub place: Option<Place>,
    unfit: Option<Box<Unfit>>,
    /// Keys that are allowed beside those of the type.
    more: Vec<&'static str>,
}

/// What a type has to say of what it does not take.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Unfit {
    /// A key that is none of these.
    Key(String, &'static [&'static str]),
    /// A word that is none of these.
    Word(&'static [&'static str]),
    /// A key that is not there.
    Missing(&'static str),
}

impl FormError {
    /// An error that a kind finds after the types are right.
    #[must_use]
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            help: None,
            place: None,
            unfit: None,
            more: Vec::new(),
        }
    }

    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Gives it a place unless it has one already: the innermost one is the best.
    #[must_use]
    pub fn or_at(mut self, place: Place) -> Self {
        self.place.get_or_insert(place);
        self
    }

    /// The keys, or the words, of which one was expected.
    #[must_use]
    pub fn expected(&self) -> Option<&'static [&'static str]> {
        match self.unfit.as_deref()? {
            Unfit::Key(_, expected) | Unfit::Word(expected) => Some(expected),
            Unfit::Missing(_) => None,
        }
    }

    /// The key that is missing.
    #[must_use]
    pub fn missing(&self) -> Option<&'static str> {
        match self.unfit.as_deref()? {
            Unfit::Missing(key) => Some(key),
            _ => None,
        }
    }

    /// For an unknown key: `more` are keys that are allowed beside those of the facts.
    #[must_use]
    pub(super) fn with_keys(mut self, more: &[&'static str]) -> Self {
        if matches!(self.unfit.as_deref(), Some(Unfit::Key(..))) {
            self.more = more.to_vec();
        }
        self.with_only(&|_| true)
    }

    /// For an unknown key: of the keys of the type, those are told that are meant here.
    #[must_use]
    pub fn with_only(mut self, is_meant: &dyn Fn(&str) -> bool) -> Self {
        if let Some(Unfit::Key(word, keys)) = self.unfit.as_deref() {
            let keys = keys.iter().filter(|key| is_meant(key)).chain(&self.more).copied();
            self.help = Some(match did_you_mean(word, keys.clone()) {
                Some(key) => format!("did you mean `{key}`?"),
                None => format!("the keys here are {}", listed(keys)),
            });
        }
        self
    }
}

/// What serde expects, as TOML calls it: Rust has structs, and to PostgreSQL a sequence is something else.
fn in_words_of_toml(expected: &str) -> String {
    match expected {
        "a sequence" => "a list",
        "a map" => "a table",
        "string or map" => "a string or a table",
        other if other.starts_with("struct ") => "a table",
        other if other.starts_with("enum ") => "a string",
        other => other,
    }
    .to_owned()
}

/// Words in backticks, with commas.
fn listed<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

impl fmt::Display for FormError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for FormError {}

impl de::Error for FormError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new("pgconverge::desired::invalid_value", message.to_string())
    }

    fn invalid_type(found: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        let found = match found {
            de::Unexpected::Bool(value) => format!("the boolean {value}"),
            de::Unexpected::Signed(value) => format!("the number {value}"),
            de::Unexpected::Unsigned(value) => format!("the number {value}"),
            de::Unexpected::Float(value) => format!("the number {value}"),
            de::Unexpected::Str(value) => format!("the string \"{value}\""),
            de::Unexpected::Seq => "a list".to_owned(),
            de::Unexpected::Map => "a table".to_owned(),
            other => other.to_string(),
        };
        let expected = match expected.to_string().as_str() {
            "u8" | "u16" | "u32" | "u64" => "a whole number that is not negative".to_owned(),
            "i8" | "i16" | "i32" | "i64" => "a whole number".to_owned(),
            "f32" | "f64" => "a number".to_owned(),
            other => in_words_of_toml(other),
        };
        Self::new(
            "pgconverge::desired::type_mismatch",
            format!("expected {expected}, found {found}"),
        )
    }

    fn invalid_value(found: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::invalid_type(found, expected)
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        let mut error =
            Self::new("pgconverge::desired::unknown_key", format!("unknown key `{field}`"));
        error.unfit = Some(Box::new(Unfit::Key(field.to_owned(), expected)));
        error.with_keys(&[])
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        let mut error =
            Self::new("pgconverge::desired::unknown_value", format!("unknown value `{variant}`"));
        error.unfit = Some(Box::new(Unfit::Word(expected)));
        error.help(match did_you_mean(variant, expected.iter().copied()) {
            Some(value) => format!("did you mean `{value}`?"),
            None => format!("it can be {}", listed(expected.iter().copied())),
        })
    }

    fn missing_field(field: &'static str) -> Self {
        let message = format!("the key `{field}` is missing");
        let mut error = Self::new("pgconverge::desired::missing_key", message);
        error.unfit = Some(Box::new(Unfit::Missing(field)));
        error
    }
}
