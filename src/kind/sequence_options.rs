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
        self.clauses_since(&Self::default(), false)
    }

    /// The clauses that lead ALTER SEQUENCE here from `old`.
    #[must_use]
    pub fn changes(&self, old: &Self) -> Vec<String> {
        self.clauses_since(old, true)
    }

    fn clauses_since(&self, old: &Self, is_there: bool) -> Vec<String> {
        let mut clauses = Vec::new();
        if old.increment != self.increment {
            clauses.push(format!("INCREMENT BY {}", self.increment.unwrap_or(1)));
        }
        // The bounds that nobody chose are others in the other direction.
        let turns = is_there && old.is_descending() != self.is_descending();
        let bounds = [("MINVALUE", old.min, self.min), ("MAXVALUE", old.max, self.max)];
        for (word, old, new) in bounds {
            match new {
                _ if old == new && (new.is_some() || !turns) => {}
                Some(value) => clauses.push(format!("{word} {value}")),
                // Together with a change of the type, NO … would mean the type's own bound.
                None if word == "MINVALUE" && !self.is_descending() => {
                    clauses.push("MINVALUE 1".to_owned());
                }
                None if word == "MAXVALUE" && self.is_descending() => {
                    clauses.push("MAXVALUE -1".to_owned());
                }
                None => clauses.push(format!("NO {word}")),
            }
        }
        if (old.start, old.min, old.max) != (self.start, self.min, self.max)
            || old.is_descending() != self.is_descending()
        {
            clauses.push(format!("START WITH {}", self.first()));
        }
        if is_there && self.is_beyond(old) {
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
    /// qualified name: a position outside the new bounds would be refused. What was handed out is
    /// not handed out again: whoever is past the new end stays at the end.
    #[must_use]
    pub fn fit(&self, old: &Self, sequence: &str) -> Option<Sql> {
        let ((was_min, was_max), (min, max)) = (old.bounds(), self.bounds());
        let (raised, lowered) = (min > was_min, max < was_max);
        if self.is_beyond(old) || !(raised || lowered) {
            return None;
        }
        let (mut position, mut within) = ("last_value".to_owned(), Vec::new());
        if raised {
            position = format!("greatest({position}, {min})");
            within.push(format!("last_value >= {min}"));
        }
        if lowered {
            position = format!("least({position}, {max})");
            within.push(format!("last_value <= {max}"));
        }
        let within = within.join(" AND ");
        // What was never asked for a value begins where the new one begins.
        let start = self.first().clamp(min.max(was_min), max.min(was_max));
        let before_the_first = match self.is_descending() {
            false if raised => format!(" AND last_value >= {min}"),
            true if lowered => format!(" AND last_value <= {max}"),
            _ => String::new(),
        };
        Some(Sql::new("SELECT setval(").literal(sequence).raw(&format!(
            ", CASE WHEN is_called OR {within} THEN {position} ELSE {start} END, \
             is_called{before_the_first}) FROM {sequence}"
        )))
    }

    fn is_descending(&self) -> bool {
        self.increment.is_some_and(|n| n < 0)
    }

    /// The lowest and the highest value; the highest of a narrower type is taken for the widest's.
    fn bounds(&self) -> (i64, i64) {
        let usual = if self.is_descending() { (i64::MIN, -1) } else { (1, i64::MAX) };
        (self.min.unwrap_or(usual.0), self.max.unwrap_or(usual.1))
    }

    /// The value that the sequence starts with.
    fn first(&self) -> i64 {
        let (min, max) = self.bounds();
        self.start.unwrap_or(if self.is_descending() { max } else { min })
    }

    /// Whether no value is in both ranges.
    fn is_beyond(&self, old: &Self) -> bool {
        let ((was_min, was_max), (min, max)) = (old.bounds(), self.bounds());
        min > was_max || was_min > max
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fit(from: &SequenceOptions, to: &SequenceOptions) -> Option<String> {
        to.fit(from, "public.s").map(|sql| sql.to_string())
    }

    #[test]
    fn a_position_is_moved_only_where_it_could_be_outside() {
        let all = SequenceOptions::default();
        let few = SequenceOptions { min: Some(3), max: Some(9), ..all.clone() };
        assert_eq!(fit(&few, &all), None);
        assert_eq!(
            fit(&all, &few).as_deref(),
            Some(
                "SELECT setval('public.s', CASE WHEN is_called OR last_value >= 3 AND last_value <= 9 \
                 THEN least(greatest(last_value, 3), 9) ELSE 3 END, is_called AND last_value >= 3) \
                 FROM public.s"
            )
        );
        // Down from -1 instead of up from 1: nothing in common.
        let down = SequenceOptions { increment: Some(-1), ..all.clone() };
        assert_eq!(fit(&all, &down), None);
        assert!(down.changes(&all).contains(&"RESTART".to_owned()));
    }
}
