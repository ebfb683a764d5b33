//! What a sequence can be told, be it an object of its own or the one behind an identity column.
//! <https://www.postgresql.org/docs/current/sql-createsequence.html>

use serde::{Deserialize, Serialize};
use tokio_postgres::Row;

use super::is_default;
use crate::model::Name;
use crate::sql::Sql;

/// The options of a sequence. What is left out is PostgreSQL's default for its type and direction.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SequenceOptions {
    /// Only for an identity column, whose sequence PostgreSQL names unless told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Name>,
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
}

impl SequenceOptions {
    /// Seven columns of a row, from `first` on: type, start, increment, minimum, maximum, cache, cycle.
    ///
    /// # Errors
    /// When they are something else.
    pub fn read(row: &Row, first: usize) -> Result<Self, tokio_postgres::Error> {
        let (lowest, highest) = match row.try_get(first)? {
            "smallint" => (i16::MIN.into(), i16::MAX.into()),
            "integer" => (i32::MIN.into(), i32::MAX.into()),
            _ => (i64::MIN, i64::MAX),
        };
        let increment: i64 = row.try_get(first + 2)?;
        let (min, max): (i64, i64) = (row.try_get(first + 3)?, row.try_get(first + 4)?);
        let (usual_min, usual_max, usual_start) =
            if increment > 0 { (1, highest, min) } else { (lowest, -1, max) };
        let unless = |value: i64, usual: i64| (value != usual).then_some(value);
        Ok(Self {
            name: None,
            start: unless(row.try_get(first + 1)?, usual_start),
            increment: unless(increment, 1),
            min: unless(min, usual_min),
            max: unless(max, usual_max),
            cache: unless(row.try_get(first + 5)?, 1),
            cycle: row.try_get(first + 6)?,
        })
    }

    /// The clauses that CREATE SEQUENCE needs for them.
    #[must_use]
    pub fn clauses(&self) -> Vec<String> {
        self.changes(&Self::default())
    }

    /// The clauses that lead ALTER SEQUENCE here from `old`.
    #[must_use]
    pub fn changes(&self, old: &Self) -> Vec<String> {
        let mut clauses = Vec::new();
        if old.increment != self.increment {
            clauses.push(format!("INCREMENT BY {}", self.increment.unwrap_or(1)));
        }
        let bounds = [("MINVALUE", old.min, self.min), ("MAXVALUE", old.max, self.max)];
        for (word, old, new) in bounds {
            match new {
                _ if old == new => {}
                Some(value) => clauses.push(format!("{word} {value}")),
                None => clauses.push(format!("NO {word}")),
            }
        }
        if (old.start, old.min, old.max) != (self.start, self.min, self.max)
            || (old.increment.unwrap_or(1) < 0) != (self.increment.unwrap_or(1) < 0)
        {
            let descending = self.increment.is_some_and(|n| n < 0);
            let usual = if descending { self.max.unwrap_or(-1) } else { self.min.unwrap_or(1) };
            clauses.push(format!("START WITH {}", self.start.unwrap_or(usual)));
        }
        if self.is_beyond(old) {
            // No value of the new range was ever handed out.
            clauses.push("RESTART".to_owned());
        }
        if old.cache != self.cache {
            clauses.push(format!("CACHE {}", self.cache.unwrap_or(1)));
        }
        if old.cycle != self.cycle {
            clauses.push(if self.cycle { "CYCLE" } else { "NO CYCLE" }.to_owned());
        }
        clauses
    }

    /// The statement that must come before the change from `old`, for the sequence of that
    /// qualified name: a position below the new minimum would be refused.
    #[must_use]
    pub fn lift(&self, old: &Self, sequence: &str) -> Option<Sql> {
        let min = self.min.filter(|min| *min > old.min.unwrap_or(1) && !self.is_beyond(old))?;
        let lift = Sql::new("SELECT setval(").literal(sequence).raw(&format!(
            ", greatest(last_value, {min}), is_called AND last_value >= {min}) FROM {sequence}"
        ));
        Some(lift)
    }

    /// Whether no value is in both ranges. A bound that is left out is taken for the widest.
    fn is_beyond(&self, old: &Self) -> bool {
        let apart = |min: Option<i64>, max: Option<i64>| min.zip(max).is_some_and(|(a, b)| a > b);
        apart(self.min, old.max) || apart(old.min, self.max)
    }
}
