//! Lengths of time, and where they begin and end.

use jiff::civil::Date;
use jiff::{Span, ToSpan, Unit};

/// A number of days, weeks, months, quarters or years.
#[derive(Debug, Clone, Copy)]
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

    /// The start of the partition that `day` is in. Longer periods are counted from a fixed day,
    /// so that the windows of two runs line up: months and years from year 0, weeks and days
    /// from Monday, 1970-01-05.
    pub fn start_of(self, day: Date) -> Date {
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
