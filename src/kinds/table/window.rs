//! Which partitions a table is to have, where they are not listed: a rolling window of months and
//! the like that come and go with time, or whatever somebody else makes.

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};

use super::each::Each;
use crate::sql::Fragment;

/// The key `partitions`: `"external"`, or a window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Partitions {
    External,
    Window(Box<Window>),
}

/// `[table.….partitions]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// The length of one partition, `1 month`; or how many keys it is for, `1000000`.
    pub every: Fragment,
    /// The name of each: `messages_{YYYY}_{MM}`, `messages_{N}`.
    pub name: Fragment,
    /// How many to have beyond the one that the day, or the highest key, is in.
    pub ahead: u16,
    /// The first day, or key, of all: there is a partition for all since, as long as rows are kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Fragment>,
    /// How long rows are kept: `6 months`; or how far below the current partition. Without it, for
    /// ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep: Option<Fragment>,
    #[serde(default)]
    pub expired: Expired,
    /// How long a detached partition stays before it is dropped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grace: Option<Fragment>,
    /// The zone in which days begin, for keys that are points in time; without it, UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<Fragment>,
    /// What the key is made of, where its type does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<Key>,
    /// What each of them is divided into, and how it is stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub each: Option<Each>,
}

/// What becomes of a partition whose rows need no longer be kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Expired {
    #[default]
    Keep,
    Detach,
    Drop,
}

/// Keys that hold a time without being one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Key {
    /// <https://www.rfc-editor.org/rfc/rfc9562#name-uuid-version-7>
    #[serde(rename = "uuid v7")]
    UuidV7,
}

impl Serialize for Partitions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::External => serializer.serialize_str("external"),
            Self::Window(window) => window.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Partitions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PartitionsVisitor)
    }
}

struct PartitionsVisitor;

impl<'de> Visitor<'de> for PartitionsVisitor {
    type Value = Partitions;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"external\", or a table with `every`, `name` and `ahead`")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Partitions, E> {
        match text {
            "external" => Ok(Partitions::External),
            _ => Err(E::unknown_variant(text, &["external"])),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Partitions, A::Error> {
        let window = Window::deserialize(MapAccessDeserializer::new(map))?;
        Ok(Partitions::Window(Box::new(window)))
    }
}
