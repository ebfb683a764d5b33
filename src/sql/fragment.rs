//! A piece of SQL that somebody else wrote: a user in a file, or the server.

use std::fmt;

use serde::de::{self, Deserializer, SeqAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};

use super::place::{FileId, Place};

/// The newtype name by which a [`Fragment`] asks a deserializer for its place. The TOML reader
/// answers with `(text, file, start, end)`, every other format with the text alone.
pub const FRAGMENT: &str = "$pgconverge::Fragment";

/// SQL text, with the place it was written at when that was a file. Two fragments are equal when
/// their texts are.
#[derive(Clone, Default)]
pub struct Fragment {
    text: Box<str>,
    /// Absent for most, which the server wrote.
    source: Option<Box<Source>>,
}

/// What is known of a fragment that a user wrote.
#[derive(Clone)]
struct Source {
    place: Option<Place>,
    /// What to send to the server in place of the text.
    written: Option<Box<str>>,
}

impl Fragment {
    /// SQL text that comes from no file: the server's own.
    #[must_use]
    pub fn new(text: impl Into<Box<str>>) -> Self {
        Self { text: text.into(), source: None }
    }

    /// SQL text from a file.
    #[must_use]
    pub fn at(text: impl Into<Box<str>>, place: Place) -> Self {
        let source = Source { place: Some(place), written: None };
        Self { text: text.into(), source: Some(Box::new(source)) }
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Remembers how a user wrote what this, as the server spells it, says. The server's own
    /// spelling is not always read back as it was: `x IN ('a', 'b')` over varchar comes out as a
    /// cast of an array, and that comes back as an array of casts. So statements are made of
    /// what was written; and a live expression spelled just so is the one that is meant.
    pub fn adopt(&mut self, written: &Self, live: Option<&Self>) {
        if live.is_some_and(|live| live.text == written.text) {
            self.text.clone_from(&written.text);
        }
        let source = Source { place: written.place(), written: Some(written.text.clone()) };
        self.source = Some(Box::new(source));
    }

    /// A statement's text without the semicolon at its end.
    #[must_use]
    pub fn without_semicolon(&self) -> Self {
        let text = self.text.trim_end_matches(|c: char| c == ';' || c.is_whitespace());
        Self { text: text.into(), source: self.source.clone() }
    }

    /// The same for what may be absent.
    pub fn adopt_option(canonical: &mut Option<Self>, written: Option<&Self>, live: Option<&Self>) {
        if let (Some(canonical), Some(written)) = (canonical, written) {
            canonical.adopt(written, live);
        }
    }

    /// The same for a list, if there are as many of them on both sides.
    pub fn adopt_list(canonical: &mut [Self], written: &[Self], live: &[Self]) {
        if canonical.len() == written.len() {
            for (n, (canonical, written)) in canonical.iter_mut().zip(written).enumerate() {
                canonical.adopt(written, live.get(n));
            }
        }
    }

    /// The expression as people write it.
    #[must_use]
    pub fn idiomatic(&self) -> Self {
        Self::new(super::idiomatic(&self.text))
    }

    /// The text to send to the server.
    #[must_use]
    pub fn statement_text(&self) -> &str {
        self.source.as_ref().and_then(|source| source.written.as_deref()).unwrap_or(&self.text)
    }

    #[must_use]
    pub fn place(&self) -> Option<Place> {
        self.source.as_ref()?.place
    }
}

impl PartialEq for Fragment {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Fragment {}

impl fmt::Debug for Fragment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, f)
    }
}

impl fmt::Display for Fragment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Serialize for Fragment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Fragment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(FRAGMENT, FragmentVisitor)
    }
}

struct FragmentVisitor;

impl<'de> Visitor<'de> for FragmentVisitor {
    type Value = Fragment;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SQL text in quotes")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Fragment, E> {
        Ok(Fragment::new(text))
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<Fragment, D::Error> {
        inner.deserialize_str(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, sequence: A) -> Result<Fragment, A::Error> {
        Fragment::from_parts(sequence)
    }
}

impl Fragment {
    /// A fragment from the four parts in which the TOML reader hands one over.
    ///
    /// # Errors
    /// When they are something else.
    pub fn from_parts<'de, A: SeqAccess<'de>>(mut sequence: A) -> Result<Self, A::Error> {
        let missing = || de::Error::custom("a fragment has four parts");
        let text: Box<str> = sequence.next_element()?.ok_or_else(missing)?;
        let file = sequence.next_element()?.ok_or_else(missing)?;
        let start = sequence.next_element()?.ok_or_else(missing)?;
        let end = sequence.next_element()?.ok_or_else(missing)?;
        Ok(Self::at(text, Place { file: FileId(file), start, end }))
    }
}
