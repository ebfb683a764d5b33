//! From TOML values, which know their places, to the facts of a kind.

mod error;
mod map;
mod value;

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::DeValue;

pub use error::FormError;

use crate::sql::{FileId, Fragment, Place};
use map::{FormMap, Single};
use value::ValueDeserializer;

/// The key of what something was called before.
pub const RENAMED_FROM: &str = "renamed_from";

/// One entry of a file: a value, and what of it is read elsewhere.
#[derive(Debug, Clone)]
pub struct Form<'a> {
    pub file: FileId,
    pub value: &'a Spanned<DeValue<'a>>,
    /// The attribute that a value other than a table stands for.
    pub short: Option<&'static str>,
    /// Keys of the table that are read by somebody else: nested objects, the comment.
    pub elsewhere: &'a [&'static str],
    /// The key of parts, each of which may say under [`RENAMED_FROM`] what it was called before; that is
    /// read by somebody else.
    pub parts: Option<&'static str>,
    /// A key whose text came from a file of its own.
    pub from_file: Option<(&'static str, Fragment)>,
}

impl<'a> Form<'a> {
    /// The facts of a kind, as its type deserializes them.
    ///
    /// # Errors
    /// A key that `T` does not have, a value of another type, a required key that is missing:
    /// each with its place.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, FormError> {
        let value = ValueDeserializer::new(self.value, self.file);
        let result = match (self.value.get_ref(), self.short) {
            (DeValue::Table(table), _) => {
                let from_file = self.from_file.as_ref().map(|(key, text)| (*key, text));
                let map = FormMap::new(table, self.file, self.elsewhere, from_file);
                T::deserialize(map.with_parts(self.parts))
            }
            (_, Some(short)) => T::deserialize(Single { key: short, value }),
            (_, None) => T::deserialize(value),
        };
        result.map_err(|error| error.or_at(self.place()))
    }

    #[must_use]
    pub fn place(&self) -> Place {
        place_of(self.file, self.value)
    }

    /// The value of one key of a table.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.value.get_ref().as_table()?.get(key)
    }
}

/// Any value as `T`.
///
/// # Errors
/// As [`Form::read`].
pub fn from_value<T: DeserializeOwned>(
    file: FileId,
    value: &Spanned<DeValue<'_>>,
) -> Result<T, FormError> {
    T::deserialize(ValueDeserializer::new(value, file))
        .map_err(|error| error.or_at(place_of(file, value)))
}

/// Where a value, or a key, stands.
pub fn place_of<T>(file: FileId, value: &Spanned<T>) -> Place {
    let span = value.span();
    let byte = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Place { file, start: byte(span.start), end: byte(span.end) }
}
