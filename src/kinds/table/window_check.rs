//! Whether the texts in a window say what they should.

use std::collections::HashSet;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::Table;
use super::axis::{Axis, integer};
use super::course::Course;
use super::each::{Each, NAME, name_within};
use super::key::{self, IntegerKey};
use super::period::Period;
use super::rolling::MOST;
use super::window::{Expired, Window};
use crate::kind::FormError;
use crate::model::Name;
use crate::sql::Fragment;

type Check = Result<(), FormError>;

impl Window {
    /// For a table like `table`.
    pub fn check(&self, table: &Table) -> Check {
        let key = IntegerKey::of(table);
        let Some(axis) = Axis::of(self, key.unwrap_or(IntegerKey::ANY)) else {
            return fail(
                &self.every,
                format!("`{}` is no length of a partition", self.every),
                "write a number and a unit: \"1 day\", \"1 week\", \"1 month\", \"1 quarter\", \"1 year\"; \
                 or, where the key is an integer, how many keys: \"1000000\"",
            );
        };
        if usize::from(self.ahead) >= MOST {
            let message = format!("{} partitions ahead are too many", self.ahead);
            return fail(&self.every, message, "let each be for more, and have fewer");
        }
        let course = Course::new(self, axis);
        match axis {
            Axis::Days(_) => self.check_days(table)?,
            Axis::Integers { .. } => self.check_integers(table, key)?,
        }
        if let Some(grace) = &self.grace {
            if Period::parse(grace.as_str()).is_none() {
                return no_length(grace);
            }
            if self.expired != Expired::Drop {
                let message = "`grace` is the time before a partition is dropped, and none is";
                let help = "write expired = \"drop\", or leave it out";
                return fail(grace, message.to_owned(), help);
            }
        }
        let some = axis.on(Date::constant(2025, 1, 1)).unwrap_or(0);
        if course.name(some) == course.name(some + 1) {
            let help = match axis {
                Axis::Days(_) => "use {YYYY}, {MM}, {DD}, {Q} or {WW}",
                Axis::Integers { .. } => {
                    "use {N}, the number of the partition, or {FROM}, its lowest key,"
                }
            };
            return fail(
                &self.name,
                format!("`{}` gives two partitions the same name", self.name),
                &format!("{help} so that each partition has a name of its own"),
            );
        }
        self.each.as_ref().map_or(Ok(()), |each| check_each(each, &course, some))
    }

    fn check_days(&self, table: &Table) -> Check {
        if let Some(keep) = self.keep.as_ref().filter(|keep| Period::parse(keep.as_str()).is_none())
        {
            return no_length(keep);
        }
        if let Some(start) = &self.start
            && start.as_str().parse::<Date>().is_err()
        {
            let message = format!("`{start}` is no day");
            return fail(start, message, "write year, month and day: \"2025-11-01\"");
        }
        let Some(zone) = &self.time_zone else { return Ok(()) };
        if TimeZone::get(zone.as_str()).is_err() {
            let message = format!("there is no time zone `{zone}`");
            return fail(zone, message, "write its name as in \"Europe/Berlin\"");
        }
        let key = key::column(table).and_then(|column| column.data_type.as_ref());
        let data_type = key.map(|key| key.as_str().to_ascii_lowercase()).unwrap_or_default();
        let has_zone = data_type.contains("timestamptz") || data_type.contains("with time zone");
        if !data_type.is_empty() && !has_zone && self.key.is_none() {
            let message = format!("a key of type {data_type} has no time zone");
            return fail(zone, message, "leave `time_zone` out, or make the key a timestamptz");
        }
        Ok(())
    }

    fn check_integers(&self, table: &Table, key: Option<IntegerKey>) -> Check {
        if key.is_none() {
            let column = key::column(table).and_then(|column| column.data_type.as_ref());
            let data_type = column.map_or("another type", Fragment::as_str);
            let message = format!("a key of type {data_type} does not go by integers");
            return fail(&self.every, message, "write a number and a unit: \"1 month\"");
        }
        if key::name(table).is_none() {
            let by = table.partition_by.as_ref().map_or("", Fragment::as_str);
            let message = format!("a window of integers needs one column as the key, not {by}");
            return fail(&self.every, message, "partition the table by a column: \"range (id)\"");
        }
        if let Some(keep) = &self.keep
            && integer(keep.as_str()).is_none_or(|keep| keep < 0)
        {
            let message = format!("`{keep}` is no number of keys");
            let help =
                format!("`every` is {} keys, so write a number of keys here, too", self.every);
            return fail(keep, message, &help);
        }
        if let Some(start) = self.start.as_ref().filter(|start| integer(start.as_str()).is_none()) {
            let message = format!("`{start}` is no integer");
            let help = format!("`every` is {} keys, so write the first key: \"0\"", self.every);
            return fail(start, message, &help);
        }
        if let Some(zone) = &self.time_zone {
            let message = "integers have no time zone".to_owned();
            return fail(zone, message, "leave `time_zone` out");
        }
        if self.key.is_some() {
            let message = "`key` is about keys that hold a time, and `every` is a number of keys";
            return fail(
                &self.every,
                message.to_owned(),
                "leave `key` out; or write a length of time here",
            );
        }
        Ok(())
    }
}

/// `some`: an ordinal to try names with.
fn check_each(each: &Each, course: &Course, some: i64) -> Check {
    let by = match (&each.partition_by, each.partition.first()) {
        (None, None) => return Ok(()),
        (Some(by), None) => {
            let message = "no row finds a place in partitions that have no partitions";
            return fail(
                by,
                message.to_owned(),
                "list them in `partition`, or leave `partition_by` out",
            );
        }
        (None, Some((name, values))) => {
            let message = format!("`{}` is part of something that is not partitioned", &**name);
            return fail(values, message, "say by what in `partition_by`: \"hash (tenant_id)\"");
        }
        (Some(by), Some(_)) => by,
    };
    for (name, values) in &each.partition {
        if !name.contains(NAME) {
            let message = format!("`{}` is one name for many partitions", &**name);
            return fail(
                values,
                message,
                "write {name}, which is the name of each, in it: \"{name}_0\"",
            );
        }
    }
    let mut names: HashSet<Name> = HashSet::new();
    for name in (some..some + TRIED).filter_map(|ordinal| course.name(ordinal)) {
        let within = each.partition.keys().map(|template| name_within(template, &name));
        for name in within.chain([name.clone()]) {
            if !names.insert(name.clone()) {
                let message = format!("two partitions would have the name `{}`", &*name);
                return fail(by, message, "set the names apart: \"{name}_0\", \"{name}_1\"");
            }
        }
    }
    Ok(())
}

/// How many partitions of a window are tried for names that meet: `{name}0` of the first one is the
/// tenth.
const TRIED: i64 = 120;

fn no_length(length: &Fragment) -> Check {
    let message = format!("`{length}` is no length of time");
    fail(length, message, "write a number and a unit: \"6 months\"")
}

fn fail(fragment: &Fragment, message: String, help: &str) -> Check {
    let error = FormError::new("pgconverge::desired::invalid_value", message).help(help);
    Err(fragment.place().map_or(error.clone(), |place| error.or_at(place)))
}
