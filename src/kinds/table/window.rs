//! Which partitions a table is to have, where they are not listed: a rolling window of months and
//! the like that come and go with time, or whatever somebody else makes.

use std::fmt;
use std::sync::Arc;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};

use super::column::Column;
use super::period::Period;
use super::rolling::{External, Roll};
use super::{Table, Tables};
use crate::kind::{Declared, Expansion, FormError, Kind};
use crate::model::{Address, Name, Object};
use crate::sql::{Fragment, Place};

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
    /// The length of one partition: `1 month`.
    pub every: Fragment,
    /// The name of each: `messages_{YYYY}_{MM}`.
    pub name: Fragment,
    /// How many to have beyond the one that the day is in.
    pub ahead: u16,
    /// The first day of all: there is a partition for every day since, as long as rows are kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Fragment>,
    /// How long rows are kept: `6 months`. Without it, for ever.
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

impl Window {
    /// Whether the texts in it say what they should, for a table like `table`.
    pub fn check(&self, table: &Table) -> Result<(), FormError> {
        let period = Period::parse(self.every.as_str());
        let Some(period) = period.filter(|period| period.count > 0) else {
            return fail(
                &self.every,
                format!("`{}` is no length of a partition", self.every),
                "write a number and a unit: \"1 day\", \"1 week\", \"1 month\", \"1 quarter\", \"1 year\"",
            );
        };
        if period.name(self.name.as_str(), Date::constant(2025, 1, 1))
            == period.name(self.name.as_str(), period.after(Date::constant(2025, 1, 1), 1))
        {
            return fail(
                &self.name,
                format!("`{}` gives two partitions the same name", self.name),
                "use {YYYY}, {MM}, {DD}, {Q} or {WW} so that each partition has a name of its own",
            );
        }
        for length in self.keep.iter().chain(&self.grace) {
            if Period::parse(length.as_str()).is_none() {
                let message = format!("`{length}` is no length of time");
                return fail(length, message, "write a number and a unit: \"6 months\"");
            }
        }
        if let Some(grace) = self.grace.as_ref().filter(|_| self.expired != Expired::Drop) {
            let message = "`grace` is the time before a partition is dropped, and none is";
            return fail(grace, message.to_owned(), "write expired = \"drop\", or leave it out");
        }
        if let Some(start) = &self.start
            && start.as_str().parse::<Date>().is_err()
        {
            let message = format!("`{start}` is no day");
            return fail(start, message, "write year, month and day: \"2025-11-01\"");
        }
        if let Some(zone) = &self.time_zone {
            if TimeZone::get(zone.as_str()).is_err() {
                let message = format!("there is no time zone `{zone}`");
                return fail(zone, message, "write its name as in \"Europe/Berlin\"");
            }
            let key = key_column(table).and_then(|column| column.data_type.as_ref());
            let data_type = key.map(|key| key.as_str().to_ascii_lowercase()).unwrap_or_default();
            let has_zone =
                data_type.contains("timestamptz") || data_type.contains("with time zone");
            if !data_type.is_empty() && !has_zone && self.key.is_none() {
                let message = format!("a key of type {data_type} has no time zone");
                return fail(zone, message, "leave `time_zone` out, or make the key a timestamptz");
            }
        }
        Ok(())
    }

    /// The bounds of the partition from one day to another, as in FOR VALUES.
    pub fn values(&self, start: Date, end: Date) -> String {
        let spelling = match self.time_zone {
            Some(_) => Spelling::Moment,
            None => Spelling::Day,
        };
        self.spelled(start, end, spelling)
    }

    /// The same, spelled as the server spells `sibling`.
    pub fn values_like(&self, start: Date, end: Date, sibling: &str) -> String {
        let spelling = match sibling.strip_suffix("')").map(|text| (text, text.ends_with("+00"))) {
            Some((_, true)) => Spelling::Moment,
            Some((text, false)) if text.ends_with(":00") => Spelling::Time,
            _ => Spelling::Day,
        };
        self.spelled(start, end, spelling)
    }

    fn spelled(&self, start: Date, end: Date, spelling: Spelling) -> String {
        format!("FROM ('{}') TO ('{}')", self.bound(start, spelling), self.bound(end, spelling))
    }

    fn bound(&self, day: Date, spelling: Spelling) -> String {
        let zone = self.time_zone.as_ref().and_then(|zone| TimeZone::get(zone.as_str()).ok());
        let Ok(zoned) = day.to_zoned(zone.unwrap_or(TimeZone::UTC)) else { return day.to_string() };
        let moment = zoned.timestamp();
        match (self.key, spelling) {
            (Some(Key::UuidV7), _) => {
                // 48 bits of milliseconds come first.
                let hex = format!("{:012x}", moment.as_millisecond().max(0));
                let (high, low) = hex.split_at(8);
                format!("{high}-{low}-0000-0000-000000000000")
            }
            (None, Spelling::Moment) => moment.strftime("%F %T+00").to_string(),
            (None, Spelling::Time) => format!("{day} 00:00:00"),
            (None, Spelling::Day) => day.to_string(),
        }
    }
}

/// Of a day as a bound.
#[derive(Debug, Clone, Copy)]
enum Spelling {
    Day,
    /// As a timestamp.
    Time,
    /// As a timestamptz, in UTC.
    Moment,
}

fn fail(fragment: &Fragment, message: String, help: &str) -> Result<(), FormError> {
    let error = FormError::new("pgconverge::desired::invalid_value", message).help(help);
    Err(fragment.place().map_or(error.clone(), |place: Place| error.or_at(place)))
}

/// The column that a table is partitioned by, if it is one alone.
fn key_column(table: &Table) -> Option<&Column> {
    let (_, key) = table.partition_by.as_ref()?.as_str().split_once('(')?;
    table.column.get(&Name::from(key.trim().trim_end_matches(')').trim().trim_matches('"')))
}

/// The partitions that must exist as of a day, and the rule by which others come and go.
pub fn expand(it: &Declared<'_, Table>, as_of: Date) -> Expansion {
    let window = match &it.spec.partitions {
        None => return Expansion::default(),
        Some(Partitions::External) => {
            let rule = External { parent: it.address.clone() };
            return Expansion { objects: Vec::new(), rule: Some(Arc::new(rule)) };
        }
        Some(Partitions::Window(window)) => window,
    };
    let (Some(every), Some(schema)) =
        (Period::parse(window.every.as_str()), it.address.schema.as_ref())
    else {
        return Expansion::default();
    };
    let first = every.start_of(as_of);
    let begins = window.start.as_ref().and_then(|start| start.as_str().parse::<Date>().ok());
    let objects = (0..=i32::from(window.ahead))
        .map(|n| (every.after(first, n), every.after(first, n + 1)))
        .filter(|(_, end)| begins.is_none_or(|begins| *end > begins))
        .map(|(start, end)| {
            let name: Name = every.name(window.name.as_str(), start).into();
            let values = window.values(start, end);
            // The bound's place is the window's: that is what a refusal of it is about.
            let values = match window.every.place() {
                Some(place) => Fragment::at(values, place),
                None => Fragment::new(values),
            };
            let spec = Table { values: Some(values), ..Table::default() };
            let mut object = Object::new(Address::in_schema(Tables::TAG, schema, &name), spec);
            object.partition_of = Some(it.address.clone());
            object
        })
        .collect();
    let roll = Roll::new(it.address, window, every, as_of);
    Expansion { objects, rule: Some(Arc::new(roll)) }
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
            _ => Err(E::invalid_value(de::Unexpected::Str(text), &self)),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Partitions, A::Error> {
        let window = Window::deserialize(MapAccessDeserializer::new(map))?;
        Ok(Partitions::Window(Box::new(window)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(more: &str) -> Window {
        let text = format!("every = '1 month'\nname = 'm_{{YYYY}}_{{MM}}'\nahead = 1\n{more}");
        toml::from_str(&text).unwrap()
    }

    fn november(more: &str) -> String {
        window(more).values(Date::constant(2025, 11, 1), Date::constant(2025, 12, 1))
    }

    #[test]
    fn bounds_are_those_of_the_key() {
        assert_eq!(november(""), "FROM ('2025-11-01') TO ('2025-12-01')");
        assert_eq!(
            november("time_zone = 'America/New_York'"),
            "FROM ('2025-11-01 04:00:00+00') TO ('2025-12-01 05:00:00+00')"
        );
        assert_eq!(
            november("key = 'uuid v7'"),
            "FROM ('019a3cb6-bc00-0000-0000-000000000000') TO \
             ('019ad735-8400-0000-0000-000000000000')"
        );
    }
}
