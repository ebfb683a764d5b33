//! The columns of a foreign table.

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};

use crate::kind::{ForeignOptions, FormError, is_default};
use crate::model::{Name, Part, Tag};
use crate::sql::{FRAGMENT, Fragment, idiomatic_default};

/// A column. In a file its type alone may stand for it.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Column {
    #[serde(rename = "type")]
    pub data_type: Fragment,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collation: Option<Fragment>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub generated: Option<Fragment>,
    #[serde(skip_serializing_if = "is_default")]
    pub not_null: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<Fragment>,
    #[serde(skip_serializing_if = "ForeignOptions::is_empty")]
    pub options: ForeignOptions,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// The long form, key by key.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Long {
    #[serde(rename = "type")]
    data_type: Fragment,
    #[serde(default)]
    collation: Option<Fragment>,
    #[serde(default)]
    generated: Option<Fragment>,
    #[serde(default)]
    not_null: bool,
    #[serde(default)]
    default: Option<Fragment>,
    #[serde(default)]
    options: ForeignOptions,
    #[serde(default)]
    comment: Option<String>,
}

/// The kinds of types.
const TYPES: &[Tag] = &[Tag("enum"), Tag("domain"), Tag("composite_type"), Tag("range_type")];

impl Column {
    /// Refuses what contradicts itself.
    pub fn check(&self, name: &Name) -> Result<(), FormError> {
        if self.default.is_some() && self.generated.is_some() {
            let message = format!("column {name} has both a `default` and `generated`");
            return Err(FormError::new("pgconverge::desired::invalid_value", message));
        }
        Ok(())
    }

    /// Its expressions as people write them.
    pub fn make_idiomatic(&mut self) {
        self.data_type = self.data_type.idiomatic();
        let data_type = self.data_type.as_str().to_owned();
        self.default = self
            .default
            .as_ref()
            .map(|it| Fragment::new(idiomatic_default(it.as_str(), &data_type)));
        self.generated = self.generated.as_ref().map(Fragment::idiomatic);
    }

    /// A column becomes generated, or is generated otherwise, by being made anew: it holds nothing.
    pub fn must_recreate(&self, old: &Self) -> bool {
        old.generated != self.generated
    }

    /// Whether a type that is replaced is the column's own, or what its array is of.
    pub fn is_of(&self, part: &Part) -> bool {
        let element = self.data_type.as_str().trim_end_matches("[]");
        part.column.is_none()
            && TYPES.contains(&part.address.kind)
            && element == part.address.qualified()
    }

    pub fn is_retyped(&self, old: &Self) -> bool {
        old.data_type != self.data_type || old.collation != self.collation
    }
}

impl<'de> Deserialize<'de> for Column {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Asking for a fragment gives the place of a short form; a table comes as a map all the
        // same.
        deserializer.deserialize_newtype_struct(FRAGMENT, ColumnVisitor)
    }
}

struct ColumnVisitor;

impl<'de> Visitor<'de> for ColumnVisitor {
    type Value = Column;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a type in quotes, or a table with `type` and other keys")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Column, E> {
        Ok(Column { data_type: Fragment::new(text), ..Column::default() })
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<Column, D::Error> {
        inner.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, parts: A) -> Result<Column, A::Error> {
        Ok(Column { data_type: Fragment::from_parts(parts)?, ..Column::default() })
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Column, A::Error> {
        let long = Long::deserialize(MapAccessDeserializer::new(map))?;
        Ok(Column {
            data_type: long.data_type,
            collation: long.collation,
            generated: long.generated,
            not_null: long.not_null,
            default: long.default,
            options: long.options,
            comment: long.comment,
        })
    }
}
