//! From the ordinal of a partition of a window to its name and bounds, and back.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::axis::{Axis, ordinal};
use super::range::Range;
use super::window::{Key, Window};
use crate::model::Name;

#[derive(Debug, Clone)]
pub struct Course {
    pub axis: Axis,
    template: String,
    /// The zone in which days begin, where the key has one.
    zone: Option<TimeZone>,
    key: Option<Key>,
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

impl Course {
    pub fn new(window: &Window, axis: Axis) -> Self {
        let zone = window.time_zone.as_ref();
        Self {
            axis,
            template: window.name.as_str().to_owned(),
            zone: zone.and_then(|zone| TimeZone::get(zone.as_str()).ok()),
            key: window.key,
        }
    }

    /// Nothing, where the calendar or the key's type ends before.
    pub fn name(&self, ordinal: i64) -> Option<Name> {
        match self.axis {
            Axis::Days(period) => Some(period.name(&self.template, period.start(ordinal)?).into()),
            Axis::Integers { step, .. } => {
                let from = i128::from(ordinal) * i128::from(step);
                let name = self.template.replace("{N}", &signed(ordinal.into()));
                Some(name.replace("{FROM}", &signed(from)).into())
            }
        }
    }

    /// The bounds as in FOR VALUES.
    pub fn values(&self, ordinal: i64) -> Option<String> {
        self.spelled(ordinal, if self.zone.is_some() { Spelling::Moment } else { Spelling::Day })
    }

    /// The same, spelled as the server spells `sibling`.
    pub fn values_like(&self, ordinal: i64, sibling: &str) -> Option<String> {
        let spelling = match sibling.strip_suffix("')").map(|text| (text, text.ends_with("+00"))) {
            Some((_, true)) => Spelling::Moment,
            Some((text, false)) if text.ends_with(":00") => Spelling::Time,
            _ => Spelling::Day,
        };
        self.spelled(ordinal, spelling)
    }

    pub fn range(&self, ordinal: i64) -> Option<Range> {
        Range::parse(&self.values(ordinal)?)
    }

    /// The partition that a bound is in, where it is not the end of the one before.
    pub fn at(&self, bound: i128) -> Option<i64> {
        let period = match self.axis {
            Axis::Integers { step, .. } => return Some(ordinal(bound, step)),
            Axis::Days(period) => period,
        };
        let moment = match self.key {
            // The milliseconds in what `Range` makes of an identifier.
            Some(Key::UuidV7) => Timestamp::from_millisecond(i64::try_from(bound >> 79).ok()?),
            None => Timestamp::from_nanosecond(bound),
        };
        let zone = self.zone.clone().unwrap_or(TimeZone::UTC);
        Some(period.ordinal(moment.ok()?.to_zoned(zone).date()))
    }

    fn spelled(&self, ordinal: i64, spelling: Spelling) -> Option<String> {
        let next = ordinal.checked_add(1)?;
        let (from, to) = match self.axis {
            Axis::Days(period) => {
                let bound = |ordinal| Some(self.day(period.start(ordinal)?, spelling));
                (bound(ordinal)?, bound(next)?)
            }
            Axis::Integers { step, key } => {
                let bound = |ordinal: i64| i128::from(ordinal) * i128::from(step);
                let (from, to) = (bound(ordinal), bound(next));
                if from > key.most || to <= key.least {
                    return None;
                }
                let plain = |bound: i128| match key.bare && bound >= 0 {
                    true => bound.to_string(),
                    false => format!("'{bound}'"),
                };
                // What the type cannot hold bounds nothing.
                (
                    if from < key.least { "MINVALUE".to_owned() } else { plain(from) },
                    if to > key.most { "MAXVALUE".to_owned() } else { plain(to) },
                )
            }
        };
        Some(format!("FROM ({from}) TO ({to})"))
    }

    fn day(&self, day: Date, spelling: Spelling) -> String {
        let zone = self.zone.clone().unwrap_or(TimeZone::UTC);
        let Ok(zoned) = day.to_zoned(zone) else { return format!("'{day}'") };
        let moment = zoned.timestamp();
        match (self.key, spelling) {
            (Some(Key::UuidV7), _) => {
                // 48 bits of milliseconds come first.
                let hex = format!("{:012x}", moment.as_millisecond().max(0));
                let (high, low) = hex.split_at(8);
                format!("'{high}-{low}-0000-0000-000000000000'")
            }
            (None, Spelling::Moment) => format!("'{}'", moment.strftime("%F %T+00")),
            (None, Spelling::Time) => format!("'{day} 00:00:00'"),
            (None, Spelling::Day) => format!("'{day}'"),
        }
    }
}

/// A number as a part of a name.
fn signed(number: i128) -> String {
    let sign = if number < 0 { "m" } else { "" };
    format!("{sign}{}", number.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::super::key::IntegerKey;
    use super::*;

    fn course(more: &str) -> Course {
        let text = format!("every = '1 month'\nname = 'm_{{YYYY}}_{{MM}}'\nahead = 1\n{more}");
        let window: Window = toml::from_str(&text).unwrap();
        Course::new(&window, Axis::of(&window, IntegerKey::ANY).unwrap())
    }

    fn november(more: &str) -> String {
        let course = course(more);
        let ordinal = course.axis.on(Date::constant(2025, 11, 15)).unwrap();
        assert_eq!(course.at(course.range(ordinal).unwrap().from), Some(ordinal), "{more}");
        assert_eq!(course.at(course.range(ordinal).unwrap().from + 1), Some(ordinal), "{more}");
        assert_eq!(course.name(ordinal).as_deref(), Some("m_2025_11"));
        course.values(ordinal).unwrap()
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

    fn integers(name: &str, data_type: &str) -> Course {
        let window = format!("every = '10000'\nname = '{name}'\nahead = 1");
        let table = format!("partition_by = 'range (id)'\ncolumn.id.type = '{data_type}'");
        let key = IntegerKey::of(&toml::from_str(&table).unwrap()).unwrap();
        let window: Window = toml::from_str(&window).unwrap();
        Course::new(&window, Axis::of(&window, key).unwrap())
    }

    #[test]
    fn integers_are_in_names_and_bounds() {
        let course = integers("m_{N}_{FROM}", "integer");
        assert_eq!(course.name(2).as_deref(), Some("m_2_20000"));
        assert_eq!(course.name(-1).as_deref(), Some("m_m1_m10000"));
        assert_eq!(course.values(2).as_deref(), Some("FROM (20000) TO (30000)"));
        assert_eq!(course.values(-1).as_deref(), Some("FROM ('-10000') TO (0)"));
        assert_eq!(integers("m", "bigint").values(0).as_deref(), Some("FROM ('0') TO ('10000')"));
        assert_eq!((course.at(20_001), course.at(-1)), (Some(2), Some(-1)));
    }

    #[test]
    fn the_type_of_the_key_has_the_last_word() {
        let course = integers("m_{N}", "smallint");
        assert_eq!(course.values(3).as_deref(), Some("FROM ('30000') TO (MAXVALUE)"));
        assert_eq!(course.values(4), None);
        assert_eq!(course.values(-4).as_deref(), Some("FROM (MINVALUE) TO ('-30000')"));
        assert_eq!(course.values(-5), None);
    }
}
