//! A sequence as an object of its own. The kind of sequences is about these, and the kind of tables
//! turns the one behind a `serial` column into one when need be; kinds do not know each other.

use serde::{Deserialize, Serialize};

use super::is_default;
use super::sequence_options::SequenceOptions;
use crate::model::Name;
use crate::sql::Fragment;

/// A sequence. What is left out is PostgreSQL's default for its type and direction.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sequence {
    /// `smallint`, `integer` or `bigint`, the default.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub data_type: Option<Fragment>,
    /// From PostgreSQL 15 on.
    #[serde(default, skip_serializing_if = "is_default")]
    pub unlogged: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub increment: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache: Option<i64>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub cycle: bool,
    /// "table.column" of the same schema: the sequence goes when the column goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owned_by: Option<Fragment>,
}

impl Sequence {
    /// A sequence of a type, with options, owned by a column.
    #[must_use]
    pub fn new(
        data_type: Option<Fragment>,
        options: &SequenceOptions,
        owned_by: Option<Fragment>,
    ) -> Self {
        let &SequenceOptions { name: _, start, increment, min, max, cache, cycle } = options;
        Self { data_type, unlogged: false, start, increment, min, max, cache, cycle, owned_by }
    }

    /// The options alone.
    #[must_use]
    pub fn options(&self) -> SequenceOptions {
        SequenceOptions {
            name: None,
            start: self.start,
            increment: self.increment,
            min: self.min,
            max: self.max,
            cache: self.cache,
            cycle: self.cycle,
        }
    }

    /// The sequence that `serial` makes for a column.
    #[must_use]
    pub fn of_serial(data_type: &str, table: &Name, column: &Name) -> Self {
        Self {
            data_type: (data_type != "bigint").then(|| Fragment::new(data_type)),
            owned_by: Some(Fragment::new(format!("{table}.{column}"))),
            ..Self::default()
        }
    }
}
