//! Values that a file may give as a piece of SQL alone.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use crate::sql::{FRAGMENT, Fragment};

/// Reads a `T` from SQL in quotes, which stands for its one essential attribute, or from the table
/// of all of them, an `L`.
///
/// # Errors
/// When it is neither.
pub fn short_form<'de, D, T, L>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: From<Fragment> + From<L>,
    L: Deserialize<'de>,
{
    // Asking for a fragment gives the place of a short form; a table comes as a map all the same.
    deserializer.deserialize_newtype_struct(FRAGMENT, Short(PhantomData::<(T, L)>))
}

/// Writes the entries of `attribute` in the short form, where there is nothing to say of one but
/// `essential`.
pub fn shorten(value: &mut Value, attribute: &str, essential: &str) {
    let entries = value.get_mut(attribute).and_then(Value::as_object_mut);
    for entry in entries.into_iter().flat_map(|entries| entries.values_mut()) {
        if let Value::Object(keys) = entry
            && keys.len() == 1
            && let Some(alone) = keys.remove(essential)
        {
            *entry = alone;
        }
    }
}

struct Short<T, L>(PhantomData<(T, L)>);

impl<'de, T: From<Fragment> + From<L>, L: Deserialize<'de>> Visitor<'de> for Short<T, L> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SQL in quotes, or a table of attributes")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        Ok(Fragment::new(text).into())
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<T, D::Error> {
        inner.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, parts: A) -> Result<T, A::Error> {
        Ok(Fragment::from_parts(parts)?.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        Ok(L::deserialize(MapAccessDeserializer::new(map))?.into())
    }
}
