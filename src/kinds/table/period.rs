//! Lengths of time, and where they begin and end.

use jiff::civil::Date;
use jiff::{Span, ToSpan, Unit};

const MONDAY: Date = Date::constant(1970, 1, 5);

/// A number of days, weeks, months, quarters or years.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    pub count: i32,
    pub unit: PeriodUnit,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PeriodUnit {
    Day,
    Week,
    Month,
    Quarter,
    Year,
}

enum Length {
    Days(i64),
    Months(i64),
}

impl Period {
    /// `6 months`
    pub fn parse(text: &str) -> Option<Self> {
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

    /// Which one `day` is in. Longer periods are counted from a fixed day, so that the windows of two
    /// runs line up: months and years from year 0, weeks and days from Monday, 1970-01-05.
    pub fn ordinal(self, day: Date) -> i64 {
        match self.length() {
            Length::Days(length) => {
                let days = day.since((Unit::Day, MONDAY)).map_or(0, |span| span.get_days());
                i64::from(days).div_euclid(length)
            }
            Length::Months(length) => {
                let month = i64::from(day.year()) * 12 + i64::from(day.month()) - 1;
                month.div_euclid(length)
            }
        }
    }

    /// The day that a partition begins with, if the calendar goes that far.
    pub fn start(self, ordinal: i64) -> Option<Date> {
        match self.length() {
            Length::Days(length) => {
                let days = Span::new().try_days(ordinal.checked_mul(length)?).ok()?;
                MONDAY.checked_add(days).ok()
            }
            Length::Months(length) => {
                let month = ordinal.checked_mul(length)?;
                let year = i16::try_from(month.div_euclid(12)).ok()?;
                Date::new(year, i8::try_from(month.rem_euclid(12) + 1).ok()?, 1).ok()
            }
        }
    }

    fn length(self) -> Length {
        let count = i64::from(self.count.max(1));
        match self.unit {
            PeriodUnit::Day => Length::Days(count),
            PeriodUnit::Week => Length::Days(count * 7),
            PeriodUnit::Month => Length::Months(count),
            PeriodUnit::Quarter => Length::Months(count * 3),
            PeriodUnit::Year => Length::Months(count * 12),
        }
    }

    /// The day so many periods later, or earlier.
    pub fn after(self, day: Date, periods: i32) -> Date {
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

    /// The name of the partition that begins on a day.
    pub fn name(self, template: &str, start: Date) -> String {
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

    #[test]
    fn an_ordinal_begins_with_the_first_day_of_its_period() {
        let day = Date::constant(2025, 11, 15);
        for (text, first) in [
            ("1 day", Date::constant(2025, 11, 15)),
            ("2 weeks", Date::constant(2025, 11, 10)),
            ("1 month", Date::constant(2025, 11, 1)),
            ("1 quarter", Date::constant(2025, 10, 1)),
            ("2 years", Date::constant(2024, 1, 1)),
        ] {
            let period = Period::parse(text).unwrap();
            let ordinal = period.ordinal(day);
            assert_eq!(period.start(ordinal), Some(first), "{text}");
            assert!(period.start(ordinal + 1).unwrap() > day, "{text}");
        }
        assert_eq!(Period::parse("1 month").unwrap().start(i64::MAX), None);
        assert_eq!(Period::parse("1 week").unwrap().start(i64::MAX / 8), None);
        let before = Period::parse("1 week").unwrap().ordinal(Date::constant(1970, 1, 4));
        assert_eq!(before, -1);
    }
}
