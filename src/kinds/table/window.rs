//! A rolling window of partitions: months and the like that come as time goes.

use std::sync::Arc;

use jiff::civil::Date;
use jiff::{Span, ToSpan, Unit};
use serde::{Deserialize, Serialize};

use super::{Table, Tables};
use crate::kind::{Declared, Expansion, FormError, Kind, Spared};
use crate::model::{Address, Name, Object};
use crate::sql::{Fragment, Place};

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
    /// How long rows are kept: `6 months`. Without it, for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep: Option<Fragment>,
    #[serde(default)]
    pub expired: Expired,
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

impl Window {
    /// Whether the texts in it say what they should.
    pub fn check(&self) -> Result<(), FormError> {
        let fail = |fragment: &Fragment, message: String, help: &str| {
            let error = FormError::new("pgconverge::desired::invalid_value", message).help(help);
            Err(fragment.place().map_or(error.clone(), |place: Place| error.or_at(place)))
        };
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
        match &self.keep {
            Some(keep) if Period::parse(keep.as_str()).is_none() => fail(
                keep,
                format!("`{keep}` is no length of time"),
                "write a number and a unit: \"6 months\"",
            ),
            _ => Ok(()),
        }
    }
}

/// The partitions that must exist as of a day, and leave to have others.
pub fn expand(it: &Declared<'_, Table>, as_of: Date) -> Expansion {
    let Some(window) = &it.spec.partitions else {
        return Expansion::default();
    };
    let (Some(period), Some(schema)) =
        (Period::parse(window.every.as_str()), it.address.schema.as_ref())
    else {
        return Expansion::default();
    };
    let first = period.start_of(as_of);
    let objects = (0..=i32::from(window.ahead))
        .map(|n| {
            let (start, end) = (period.after(first, n), period.after(first, n + 1));
            let name: Name = period.name(window.name.as_str(), start).into();
            let values = format!("FROM ('{start}') TO ('{end}')");
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
    Expansion { objects, spared: Some(spared(it.address, window, period, first)) }
}

fn spared(parent: &Address, window: &Window, period: Period, first: Date) -> Spared {
    let keep = window.keep.as_ref().and_then(|keep| Period::parse(keep.as_str()));
    let kept_since = keep.map(|keep| period.start_of(keep.after(first, -1)));
    let (keep, expired) = (window.keep.clone(), window.expired);
    let remark = move |object: &Object| {
        let end = upper_bound(object.spec.get::<Table>()?.values.as_ref()?.as_str())?;
        if end > kept_since? {
            return None;
        }
        let fate = match expired {
            Expired::Keep => return None,
            Expired::Detach => "to be detached",
            Expired::Drop => "to be dropped",
        };
        Some(format!(
            "partition {} ends on {end}, past the {} that are kept: it is {fate}, and left alone here",
            object.address.qualified(),
            keep.as_ref().map_or("", |keep| keep.as_str()),
        ))
    };
    Spared { parent: parent.clone(), remark: Arc::new(remark) }
}

/// The day in `TO ('2025-12-01 00:00:00+00')`, as the server spells bounds.
fn upper_bound(values: &str) -> Option<Date> {
    let (_, rest) = values.rsplit_once("TO ('")?;
    rest.get(..10)?.parse().ok()
}

/// A number of days, weeks, months, quarters or years.
#[derive(Debug, Clone, Copy)]
struct Period {
    count: i32,
    unit: PeriodUnit,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PeriodUnit {
    Day,
    Week,
    Month,
    Quarter,
    Year,
}

impl Period {
    fn parse(text: &str) -> Option<Self> {
        let (count, unit) = text.trim().split_once(' ')?;
        let unit = match unit.trim().trim_end_matches('s') {
            "day" => PeriodUnit::Day,
            "week" => PeriodUnit::Week,
            "month" => PeriodUnit::Month,
            "quarter" => PeriodUnit::Quarter,
            "year" => PeriodUnit::Year,
            _ => return None,
        };
        let count = count.parse().ok().filter(|count| (0..10_000).contains(count))?;
        Some(Self { count, unit })
    }

    /// The start of the partition that `day` is in. Longer periods are counted from a fixed day,
    /// so that the windows of two runs line up: months and years from year 0, weeks and days
    /// from Monday, 1970-01-05.
    fn start_of(self, day: Date) -> Date {
        let months = match self.unit {
            PeriodUnit::Day | PeriodUnit::Week => {
                let epoch = Date::constant(1970, 1, 5);
                let length = self.count.max(1) * if self.unit == PeriodUnit::Week { 7 } else { 1 };
                let days = day.since((Unit::Day, epoch)).map_or(0, |span| span.get_days());
                return epoch.saturating_add((days.div_euclid(length) * length).days());
            }
            PeriodUnit::Month => self.count,
            PeriodUnit::Quarter => self.count * 3,
            PeriodUnit::Year => self.count * 12,
        }
        .max(1);
        let month = i32::from(day.year()) * 12 + i32::from(day.month()) - 1;
        let start = month.div_euclid(months) * months;
        let year = i16::try_from(start.div_euclid(12)).unwrap_or(day.year());
        let month = i8::try_from(start.rem_euclid(12) + 1).unwrap_or(1);
        Date::new(year, month, 1).unwrap_or(day)
    }

    fn after(self, day: Date, periods: i32) -> Date {
        let n = self.count * periods;
        let span: Span = match self.unit {
            PeriodUnit::Day => n.days(),
            PeriodUnit::Week => n.weeks(),
            PeriodUnit::Month => n.months(),
            PeriodUnit::Quarter => (n * 3).months(),
            PeriodUnit::Year => n.years(),
        };
        day.saturating_add(span)
    }

    fn name(self, template: &str, start: Date) -> String {
        let week = start.iso_week_date();
        // The first days of January may be in the last week of the year before.
        let year = if template.contains("{WW}") { week.year() } else { start.year() };
        template
            .replace("{YYYY}", &format!("{year:04}"))
            .replace("{MM}", &format!("{:02}", start.month()))
            .replace("{DD}", &format!("{:02}", start.day()))
            .replace("{Q}", &((start.month() - 1) / 3 + 1).to_string())
            .replace("{WW}", &format!("{:02}", week.week()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start(every: &str, day: &str) -> String {
        Period::parse(every).unwrap().start_of(day.parse().unwrap()).to_string()
    }

    #[test]
    fn periods_start_where_they_line_up() {
        assert_eq!(start("1 month", "2025-11-09"), "2025-11-01");
        assert_eq!(start("1 quarter", "2025-11-09"), "2025-10-01");
        assert_eq!(start("1 year", "2025-11-09"), "2025-01-01");
        assert_eq!(start("1 week", "2025-11-09"), "2025-11-03");
        assert_eq!(start("1 day", "2025-11-09"), "2025-11-09");
    }

    #[test]
    fn names_and_bounds() {
        let month = Period::parse("1 month").unwrap();
        let first = Date::constant(2025, 12, 1);
        assert_eq!(month.name("messages_{YYYY}_{MM}", first), "messages_2025_12");
        assert_eq!(month.after(first, 1).to_string(), "2026-01-01");
        assert_eq!(
            upper_bound("FROM ('2025-11-01 00:00:00+00') TO ('2025-12-01 00:00:00+00')"),
            Some(Date::constant(2025, 12, 1))
        );
        assert!(Period::parse("soon").is_none());
    }
}
