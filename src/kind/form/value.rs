//! A serde deserializer over TOML values that keeps their places.

use serde::de::value::StrDeserializer;
use serde::de::{
    self, DeserializeSeed, Deserializer, EnumAccess, SeqAccess, VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;
use toml::Spanned;
use toml::de::DeValue;

use super::error::FormError;
use super::map::FormMap;
use super::{RENAMED_FROM, place_of};
use crate::sql::{FRAGMENT, FileId, Fragment, Place};

/// What a value is to the entry that it is in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    Plain,
    /// Parts by name.
    Parts,
    /// One of them.
    Part,
}

#[derive(Clone, Copy)]
pub(super) struct ValueDeserializer<'a, 'i> {
    pub value: &'a Spanned<DeValue<'i>>,
    pub file: FileId,
    pub level: Level,
}

impl<'a, 'i> ValueDeserializer<'a, 'i> {
    pub fn new(value: &'a Spanned<DeValue<'i>>, file: FileId) -> Self {
        Self { value, file, level: Level::Plain }
    }
}

impl<'a> ValueDeserializer<'a, '_> {
    fn place(&self) -> Place {
        place_of(self.file, self.value)
    }

    fn elements(&self, values: &'a [Spanned<DeValue<'a>>]) -> Elements<'a> {
        Elements { values: values.iter(), file: self.file }
    }
}

impl<'de, 'i> Deserializer<'de> for ValueDeserializer<'_, 'i> {
    type Error = FormError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FormError> {
        let place = self.place();
        match self.value.get_ref() {
            DeValue::String(text) => visitor.visit_str(text),
            DeValue::Boolean(value) => visitor.visit_bool(*value),
            DeValue::Integer(integer) => {
                match i64::from_str_radix(integer.as_str(), integer.radix()) {
                    Ok(value) => visitor.visit_i64(value),
                    Err(_) => Err(de::Error::custom("the number is out of range")),
                }
            }
            DeValue::Float(float) => match float.as_str().parse() {
                Ok(value) => visitor.visit_f64(value),
                Err(_) => Err(de::Error::custom("not a number")),
            },
            DeValue::Datetime(datetime) => visitor.visit_str(&datetime.to_string()),
            DeValue::Array(array) => visitor.visit_seq(self.elements(array)),
            DeValue::Table(table) => {
                let elsewhere: &[_] = if self.level == Level::Part { &[RENAMED_FROM] } else { &[] };
                let map = FormMap::new(table, self.file, elsewhere, None);
                visitor.visit_map(if self.level == Level::Parts { map.of_parts() } else { map })
            }
        }
        .map_err(|error| error.or_at(place))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FormError> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, FormError> {
        if name != FRAGMENT {
            return visitor.visit_newtype_struct(self);
        }
        let place = self.place();
        match self.value.get_ref() {
            DeValue::String(text) => visitor.visit_seq(FragmentParts { text, place, next: 0 }),
            // A list is no text, however its parts may be put together.
            DeValue::Array(_) => Err(refused_list(&visitor)),
            _ => self.deserialize_str(visitor),
        }
    }

    /// Serde takes a list for a struct, by the order of the fields, which no file means.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, FormError> {
        match self.value.get_ref() {
            DeValue::Array(_) => Err(refused_list(&visitor).or_at(self.place())),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, FormError> {
        let place = self.place();
        match self.value.get_ref() {
            DeValue::String(text) => visitor.visit_enum(StrDeserializer::new(text)),
            DeValue::Table(table) if table.len() == 1 => {
                let (key, value) = table
                    .iter()
                    .next()
                    .ok_or_else(|| <FormError as de::Error>::custom("expected one key"))?;
                visitor.visit_enum(Variant { key: key.get_ref(), value, file: self.file })
            }
            _ => self.deserialize_any(visitor),
        }
        .map_err(|error: FormError| error.or_at(place))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map identifier ignored_any
    }
}

fn refused_list(expected: &dyn de::Expected) -> FormError {
    de::Error::invalid_type(de::Unexpected::Seq, expected)
}

/// A text that was read from a file of its own, place and all.
pub(super) struct FragmentDeserializer<'a>(pub &'a Fragment);

impl<'de> Deserializer<'de> for FragmentDeserializer<'_> {
    type Error = FormError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FormError> {
        match self.0.place() {
            Some(place) => {
                visitor.visit_seq(FragmentParts { text: self.0.as_str(), place, next: 0 })
            }
            None => visitor.visit_str(self.0.as_str()),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FormError> {
        visitor.visit_some(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        unit unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier
        ignored_any
    }
}

struct Elements<'a> {
    values: std::slice::Iter<'a, Spanned<DeValue<'a>>>,
    file: FileId,
}

impl<'de> SeqAccess<'de> for Elements<'_> {
    type Error = FormError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, FormError> {
        let Some(value) = self.values.next() else {
            return Ok(None);
        };
        let place = place_of(self.file, value);
        seed.deserialize(ValueDeserializer::new(value, self.file))
            .map(Some)
            .map_err(|error| error.or_at(place))
    }
}

/// What a [`crate::sql::Fragment`] asks for: its text, then its place as three numbers.
struct FragmentParts<'a> {
    text: &'a str,
    place: Place,
    next: u8,
}

impl<'de> SeqAccess<'de> for FragmentParts<'_> {
    type Error = FormError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, FormError> {
        use serde::de::IntoDeserializer;
        self.next += 1;
        match self.next {
            1 => seed.deserialize(StrDeserializer::new(self.text)).map(Some),
            2 => seed.deserialize(self.place.file.0.into_deserializer()).map(Some),
            3 => seed.deserialize(self.place.start.into_deserializer()).map(Some),
            4 => seed.deserialize(self.place.end.into_deserializer()).map(Some),
            _ => Ok(None),
        }
    }
}

struct Variant<'a, 'i> {
    key: &'a str,
    value: &'a Spanned<DeValue<'i>>,
    file: FileId,
}

impl<'de, 'a, 'i> EnumAccess<'de> for Variant<'a, 'i> {
    type Error = FormError;
    type Variant = VariantValue<'a, 'i>;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Self::Variant), FormError> {
        let tag = seed.deserialize(StrDeserializer::<FormError>::new(self.key))?;
        Ok((tag, VariantValue(ValueDeserializer::new(self.value, self.file))))
    }
}

struct VariantValue<'a, 'i>(ValueDeserializer<'a, 'i>);

impl<'de> VariantAccess<'de> for VariantValue<'_, '_> {
    type Error = FormError;

    fn unit_variant(self) -> Result<(), FormError> {
        Err(de::Error::custom("this value takes no table"))
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, FormError> {
        seed.deserialize(self.0)
    }

    fn tuple_variant<V: Visitor<'de>>(
        self,
        _len: usize,
        visitor: V,
    ) -> Result<V::Value, FormError> {
        self.0.deserialize_any(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, FormError> {
        self.0.deserialize_any(visitor)
    }
}
