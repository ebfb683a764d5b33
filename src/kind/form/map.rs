//! Tables as serde maps: a key's error is shown at the key, a value's at the value.

use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde::forward_to_deserialize_any;
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::error::FormError;
use super::place_of;
use super::value::{FragmentDeserializer, Level, ValueDeserializer};
use crate::sql::{FileId, Fragment};

type Pair<'a, 'i> = (&'a Spanned<DeString<'i>>, &'a Spanned<DeValue<'i>>);

/// A table, without the keys that somebody else reads.
pub(super) struct FormMap<'a, 'i> {
    pairs: Vec<Pair<'a, 'i>>,
    at: usize,
    file: FileId,
    elsewhere: &'a [&'static str],
    from_file: Option<(&'static str, &'a Fragment)>,
    text: Option<&'a Fragment>,
    /// The key of parts.
    parts: Option<&'static str>,
    /// What its values are.
    level: Level,
}

impl<'a, 'i> FormMap<'a, 'i> {
    pub fn new(
        table: &'a DeTable<'i>,
        file: FileId,
        elsewhere: &'a [&'static str],
        from_file: Option<(&'static str, &'a Fragment)>,
    ) -> Self {
        let pairs =
            table.iter().filter(|(key, _)| !elsewhere.contains(&&**key.get_ref())).collect();
        let (at, text, parts, level) = (0, None, None, Level::Plain);
        Self { pairs, at, file, elsewhere, from_file, text, parts, level }
    }

    /// The same, where `parts` is the key of parts.
    pub fn with_parts(self, parts: Option<&'static str>) -> Self {
        Self { parts, ..self }
    }

    /// The same, where each value is a part.
    pub fn of_parts(self) -> Self {
        Self { level: Level::Part, ..self }
    }
}

impl<'de> MapAccess<'de> for FormMap<'_, '_> {
    type Error = FormError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, FormError> {
        let Some((key, _)) = self.pairs.get(self.at) else {
            let Some((key, text)) = self.from_file.take() else { return Ok(None) };
            self.text = Some(text);
            return seed.deserialize(StrDeserializer::<FormError>::new(key)).map(Some);
        };
        seed.deserialize(StrDeserializer::<FormError>::new(key.get_ref()))
            .map(Some)
            .map_err(|error| error.or_at(place_of(self.file, key)).with_keys(self.elsewhere))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, FormError> {
        if let Some(text) = self.text.take() {
            return seed.deserialize(FragmentDeserializer(text));
        }
        let (key, value) = self.pairs[self.at];
        self.at += 1;
        let parts = self.parts.is_some_and(|parts| parts == key.get_ref());
        let level = if parts { Level::Parts } else { self.level };
        seed.deserialize(ValueDeserializer { value, file: self.file, level })
            .map_err(|error| error.or_at(place_of(self.file, value)))
    }
}

impl<'de> Deserializer<'de> for FormMap<'_, '_> {
    type Error = FormError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FormError> {
        visitor.visit_map(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier
        ignored_any
    }
}

/// A short form: one value that stands for a table with one key.
pub(super) struct Single<'a, 'i> {
    pub key: &'static str,
    pub value: ValueDeserializer<'a, 'i>,
}

impl<'de> Deserializer<'de> for Single<'_, '_> {
    type Error = FormError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FormError> {
        let access = SingleAccess { key: Some(self.key), value: self.value };
        MapAccessDeserializer::new(access).deserialize_any(visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier
        ignored_any
    }
}

struct SingleAccess<'a, 'i> {
    key: Option<&'static str>,
    value: ValueDeserializer<'a, 'i>,
}

impl<'de> MapAccess<'de> for SingleAccess<'_, '_> {
    type Error = FormError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, FormError> {
        let Some(key) = self.key.take() else {
            return Ok(None);
        };
        seed.deserialize(StrDeserializer::<FormError>::new(key)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, FormError> {
        seed.deserialize(self.value)
    }
}
