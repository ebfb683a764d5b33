//! The columns of a table.

use std::fmt;

use indexmap::IndexMap;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};

use super::Table;
use super::inheritance::{effective, names};
use super::not_null::{Given, NotNull};
use crate::kind::tuning::{Compression, Storage, Tuning};
use crate::kind::{Aside, Disturbance, SequenceOptions, ServerVersion, is_default};
use crate::model::{Name, Nature};
use crate::sql::{FRAGMENT, Fragment};

/// A column. In a file its type alone may stand for it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Column {
    /// Absent in a partition, whose columns have the parent's types.
    pub data_type: Option<Fragment>,
    pub collation: Option<Fragment>,
    /// Made by `serial`: fed by a sequence of its own, and not null.
    pub serial: bool,
    pub identity: Option<Identity>,
    /// Options of the identity's sequence.
    pub sequence: Option<Box<SequenceOptions>>,
    pub generated: Option<Fragment>,
    /// The generated value is computed when it is read.
    pub is_virtual: bool,
    pub not_null: bool,
    /// In what that is unlike the usual.
    pub particular_not_null: Option<Box<NotNull>>,
    pub default: Option<Fragment>,
    pub tuning: Option<Box<Tuning>>,
    pub comment: Option<String>,
    /// What only a server knows of it.
    pub nature: Aside<Option<Box<Nature>>>,
}

/// <https://www.postgresql.org/docs/current/ddl-identity-columns.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Identity {
    #[serde(rename = "always")]
    Always,
    #[serde(rename = "by default")]
    ByDefault,
}

/// The long form, key by key.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Long {
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    data_type: Option<Fragment>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    collation: Option<Fragment>,
    #[serde(default, skip_serializing_if = "is_default")]
    serial: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    identity: Option<Identity>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sequence: Option<Box<SequenceOptions>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    generated: Option<Fragment>,
    #[serde(rename = "virtual", default, skip_serializing_if = "is_default")]
    is_virtual: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    not_null: Given,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    default: Option<Fragment>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    storage: Option<Storage>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    compression: Option<Compression>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    statistics: Option<i32>,
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    options: IndexMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    comment: Option<String>,
}

impl Serialize for Column {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let tuning = self.tuning.as_deref().cloned().unwrap_or_default();
        Long {
            data_type: self.data_type.clone(),
            collation: self.collation.clone(),
            serial: self.serial,
            identity: self.identity,
            sequence: self.sequence.clone(),
            generated: self.generated.clone(),
            is_virtual: self.is_virtual,
            not_null: Given(self.not_null, self.particular_not_null.clone()),
            default: self.default.clone(),
            storage: tuning.storage,
            compression: tuning.compression,
            statistics: tuning.statistics,
            options: tuning.options,
            comment: self.comment.clone(),
        }
        .serialize(serializer)
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
        Ok(Column { data_type: Some(Fragment::new(text)), ..Column::default() })
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<Column, D::Error> {
        inner.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, parts: A) -> Result<Column, A::Error> {
        let data_type = Fragment::from_parts(parts)?;
        Ok(Column { data_type: Some(data_type), ..Column::default() })
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Column, A::Error> {
        let long = Long::deserialize(MapAccessDeserializer::new(map))?;
        let tuning = Tuning {
            storage: long.storage,
            compression: long.compression,
            statistics: long.statistics,
            options: long.options,
            ..Tuning::default()
        };
        Ok(Column {
            data_type: long.data_type,
            collation: long.collation,
            serial: long.serial,
            identity: long.identity,
            sequence: long.sequence,
            generated: long.generated,
            is_virtual: long.is_virtual,
            not_null: long.not_null.0,
            particular_not_null: long.not_null.1,
            default: long.default,
            tuning: tuning.boxed(),
            comment: long.comment,
            nature: Aside(None),
        })
    }
}

/// The columns whose dependents do not live through the change from one table to the other.
pub fn disturbs(from: &Table, to: &Table) -> Vec<(Name, Disturbance)> {
    let mut found = Vec::new();
    for name in names(from) {
        let Some(old) = effective(from, &name) else { continue };
        let how = match effective(to, &name) {
            None => Disturbance::Recreated,
            Some(new) if must_recreate(&old, &new, from.version.0) => Disturbance::Recreated,
            Some(new) if retyped(&old, &new) => Disturbance::Retyped,
            Some(new) if new.default != old.default => Disturbance::Redefaulted,
            Some(_) => continue,
        };
        found.push((name, how));
    }
    found
}

/// How a column gets from one generation expression to another, or none.
/// <https://www.postgresql.org/docs/current/ddl-generated-columns.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Regenerated {
    No,
    /// By SET EXPRESSION.
    InPlace,
    /// By DROP EXPRESSION: the values stay.
    Kept,
    /// The column is made anew.
    Anew,
}

/// A stored value cannot become generated in place. Its expression can change from PostgreSQL 17
/// on; that of a virtual column only as long as the table has no checks, and there is nothing to
/// keep of one.
pub fn regenerated(old: &Column, new: &Column, version: ServerVersion) -> Regenerated {
    match (&old.generated, &new.generated) {
        (a, b) if a == b && old.is_virtual == new.is_virtual => Regenerated::No,
        (Some(_), None) if !old.is_virtual => Regenerated::Kept,
        (Some(_), Some(_)) if !old.is_virtual && !new.is_virtual && version.major() >= 17 => {
            Regenerated::InPlace
        }
        _ => Regenerated::Anew,
    }
}

pub fn must_recreate(old: &Column, new: &Column, version: ServerVersion) -> bool {
    regenerated(old, new, version) == Regenerated::Anew
}

pub fn retyped(old: &Column, new: &Column) -> bool {
    old.data_type != new.data_type || old.collation != new.collation
}

/// The expressions of a column as they were written.
pub fn adopt(canonical: &mut Column, written: &Column, live: Option<&Column>) {
    if let (Some(default), Some(written)) = (&mut canonical.default, &written.default) {
        default.adopt(written, live.and_then(|live| live.default.as_ref()));
    }
    if let (Some(generated), Some(written)) = (&mut canonical.generated, &written.generated) {
        generated.adopt(written, live.and_then(|live| live.generated.as_ref()));
    }
}
