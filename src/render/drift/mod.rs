//! In what a database is not as its files say, for people and for programs; one file a form.

mod chat;
mod json;
mod junit;
mod markdown;
mod prometheus;
mod sarif;
mod several;
mod text;

pub use chat::{chat, chat_of};
pub use json::{json, json_value};
pub use junit::{junit, junit_of};
pub use markdown::markdown;
pub use prometheus::{Measured, Run, prometheus, prometheus_of};
pub use sarif::{sarif, sarif_of};
pub use several::{Alike, Several};
pub use text::{entries, text};

use std::collections::BTreeMap;

use crate::diagnostic::Spot;
use crate::model::{Address, Name, Tag};

/// What a comparison found, whatever the form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drift {
    /// The database's name.
    pub database: String,
    pub files: Files,
    /// Objects with what they are on, tables by their names.
    pub entries: Vec<Entry>,
    /// What is there and cannot be managed.
    pub unmanaged: Vec<String>,
    /// Whether that counts as a difference.
    pub strict: bool,
    /// What is to be said of objects that stay as they are.
    pub remarks: Vec<String>,
    /// Schemas of the database that the files do not name.
    pub left_alone: Vec<String>,
}

/// The files that say how it is to be, for what stands at no line of theirs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Files {
    /// The first that has something of a schema.
    pub of_schemas: BTreeMap<Name, String>,
    /// The first at all, or their directory if there is none.
    pub any: String,
}

impl Files {
    /// The file to show something of a schema in, or of none.
    #[must_use]
    pub fn of(&self, schema: Option<&Name>) -> &str {
        schema.and_then(|schema| self.of_schemas.get(schema)).unwrap_or(&self.any)
    }
}

/// An object that is not as the files say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub class: Class,
    /// What the files call it; nothing if it is in none.
    pub declared: Option<Address>,
    /// What the database calls it; nothing if it is not there.
    pub live: Option<Address>,
    /// Where it is declared; what is in no file, where that is which it is on.
    pub place: Option<Spot>,
    /// What there is to say beyond the attributes.
    pub because: Vec<String>,
    pub attributes: Vec<Attribute>,
}

/// One attribute that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// Its keys, as they would be written: `column.paid.default`.
    pub path: String,
    pub declared: Option<String>,
    pub live: Option<String>,
    /// Where it is declared, if not where its object is.
    pub place: Option<Spot>,
}

/// In which way something is not as the files say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// In the files alone.
    Missing,
    /// In the database alone.
    Extra,
    /// In both, and another.
    Changed,
    /// There, but begun and not ended, or due: the files need no change, and the next run mends it.
    Invalid,
    /// There, and nothing that files can speak of.
    Unmanaged,
}

impl Class {
    pub const ALL: [Self; 5] =
        [Self::Missing, Self::Extra, Self::Changed, Self::Invalid, Self::Unmanaged];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Extra => "extra",
            Self::Changed => "changed",
            Self::Invalid => "invalid",
            Self::Unmanaged => "unmanaged",
        }
    }
}

impl Entry {
    /// What it is called: in the files, if it is there.
    #[must_use]
    pub fn address(&self) -> Option<&Address> {
        self.declared.as_ref().or(self.live.as_ref())
    }

    /// The same in words: "table public.books".
    #[must_use]
    pub fn object(&self) -> String {
        self.address().map(ToString::to_string).unwrap_or_default()
    }

    /// The table that it is on, or what it is itself, to be shown with others on that.
    #[must_use]
    pub fn group(&self) -> String {
        self.address().map(group).unwrap_or_default()
    }

    fn kind(&self) -> Option<Tag> {
        self.address().map(|address| address.kind)
    }
}

/// The table that something is on, or what it is itself.
#[must_use]
pub fn group(address: &Address) -> String {
    super::view::root(address)
}

impl Attribute {
    /// Both sides in a line: `declared true → live nothing`.
    fn sides(&self, show: impl Fn(&str) -> String) -> String {
        let side = |value: &Option<String>| value.as_deref().map_or("nothing".to_owned(), &show);
        format!("declared {} → live {}", side(&self.declared), side(&self.live))
    }

    fn is_long(&self) -> bool {
        [&self.declared, &self.live].into_iter().flatten().any(|text| text.contains('\n'))
    }

    /// Line by line: what was declared goes, what is there comes.
    fn lines(&self) -> Vec<(char, String)> {
        let text = |side: &'_ Option<String>| side.clone().unwrap_or_default();
        super::view::changed_lines(&text(&self.declared), &text(&self.live))
    }
}

impl Drift {
    /// Whether the database is as the files say.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.entries.is_empty() && (self.unmanaged.is_empty() || !self.strict)
    }

    /// How many objects there are of each class, all classes.
    #[must_use]
    pub fn counts(&self) -> Vec<(Class, usize)> {
        let of = |class| match class {
            Class::Unmanaged => self.unmanaged.len(),
            _ => self.entries.iter().filter(|entry| entry.class == class).count(),
        };
        Class::ALL.into_iter().map(|class| (class, of(class))).collect()
    }

    /// How many there are by class and kind; of what cannot be managed no kind is known.
    #[must_use]
    pub fn by_kind(&self) -> BTreeMap<(Class, Tag), usize> {
        let mut counts = BTreeMap::new();
        for entry in &self.entries {
            if let Some(kind) = entry.kind() {
                *counts.entry((entry.class, kind)).or_default() += 1;
            }
        }
        counts
    }

    /// The differences in words: "3 missing, 1 changed".
    #[must_use]
    pub fn summary(&self) -> String {
        let counted = |class| class != Class::Unmanaged || self.strict;
        let counts = self.counts().into_iter().filter(|(class, n)| *n > 0 && counted(*class));
        let parts: Vec<String> = counts.map(|(class, n)| format!("{n} {}", class.name())).collect();
        parts.join(", ")
    }

    /// Entries that are shown together: a table with what is on it.
    fn groups(&self) -> impl Iterator<Item = &[Entry]> {
        self.entries.chunk_by(|one, next| one.group() == next.group())
    }
}
