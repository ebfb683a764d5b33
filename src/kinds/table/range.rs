//! What a range partition holds, as numbers that can be compared.

use std::cmp::Ordering;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

/// From the first bound up to the second, which is not in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    pub from: i128,
    pub to: i128,
}

impl Range {
    /// `FROM ('2025-11-01 00:00:00+00') TO ('2025-12-01 00:00:00+00')`. Nothing, where the key has
    /// several columns, or a type that windows know nothing of.
    pub fn parse(values: &str) -> Option<Self> {
        let rest = values.trim().strip_prefix("FROM (")?;
        let (from, to) = rest.split_once(") TO (")?;
        let range = Self { from: bound(from, 0)?, to: bound(to.strip_suffix(')')?, 1)? };
        (range.from.cmp(&range.to) == Ordering::Less).then_some(range)
    }

    pub fn overlaps(self, other: Self) -> bool {
        self.from < other.to && other.from < self.to
    }

    /// Whether the others, all together, leave nothing of this one.
    pub fn is_covered_by(self, others: impl IntoIterator<Item = Self>) -> bool {
        let mut others: Vec<Self> = others.into_iter().collect();
        others.sort_unstable_by_key(|other| other.from);
        let reached = others.iter().fold(self.from, |reached, other| {
            if other.from <= reached { reached.max(other.to) } else { reached }
        });
        reached >= self.to
    }
}

/// A number with a fraction is `up` to the next one.
fn bound(text: &str, up: i128) -> Option<i128> {
    match text {
        "MINVALUE" => return Some(i128::MIN),
        "MAXVALUE" => return Some(i128::MAX),
        _ => {}
    }
    let quoted = text.strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
    let text = quoted.unwrap_or(text);
    let moment = |at: DateTime| at.to_zoned(TimeZone::UTC).ok().map(|at| at.timestamp());
    let civil = || moment(text.parse::<DateTime>().ok()?);
    let day = || moment(text.parse::<Date>().ok()?.at(0, 0, 0, 0));
    if let Some(at) = text.parse::<Timestamp>().ok().or_else(civil).or_else(day) {
        return Some(at.as_nanosecond());
    }
    match text {
        "-infinity" => Some(i128::MIN),
        "infinity" => Some(i128::MAX),
        _ => text.parse().ok().or_else(|| decimal(text, up)).or_else(|| uuid(text)),
    }
}

/// What a numeric key with a scale has as its bound: `10.00`.
fn decimal(text: &str, up: i128) -> Option<i128> {
    let (whole, fraction) = text.split_once('.')?;
    let number: i128 = whole.parse().ok()?;
    if fraction.is_empty() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let is_whole = fraction.bytes().all(|byte| byte == b'0');
    let down = i128::from(whole.starts_with('-'));
    Some(if is_whole { number } else { number - down + up })
}

fn uuid(text: &str) -> Option<i128> {
    let digits = text.replace('-', "");
    let number = (digits.len() == 32).then(|| u128::from_str_radix(&digits, 16).ok())??;
    i128::try_from(number >> 1).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(from: &str, to: &str) -> Option<Range> {
        Range::parse(&format!("FROM ({from}) TO ({to})"))
    }

    #[test]
    fn spellings_of_one_bound_are_equal() {
        let day = range("'2025-11-01'", "'2025-12-01'").unwrap();
        assert_eq!(range("'2025-11-01 00:00:00'", "'2025-12-01 00:00:00'"), Some(day));
        assert_eq!(range("'2025-11-01 00:00:00+00'", "'2025-12-01 00:00:00+00'"), Some(day));
        assert_eq!(range("'2025-11-01 02:00:00+02'", "'2025-12-01 00:00:00+00'"), Some(day));
    }

    #[test]
    fn numbers_and_identifiers_compare() {
        assert!(range("1", "10").unwrap().overlaps(range("'9'", "'20'").unwrap()));
        assert!(!range("1", "10").unwrap().overlaps(range("10", "MAXVALUE").unwrap()));
        assert_eq!(range("10.00", "'20.50'"), range("10", "21"));
        assert_eq!(range("'-10.50'", "'-0.50'"), range("'-11'", "0"));
        let (low, high) =
            ("'01930000-0000-7000-8000-000000000000'", "'fff00000-0000-7000-8000-000000000000'");
        assert!(range(low, high).is_some());
        assert_eq!(range(high, low), None);
        assert_eq!(range("'a'", "'b'"), None);
        assert_eq!(range("'2025-11-01', 1", "'2025-12-01', 2"), None);
    }

    #[test]
    fn what_is_covered() {
        let whole = Range { from: 0, to: 10 };
        let part = |from, to| Range { from, to };
        assert!(whole.is_covered_by([part(5, 12), part(-3, 5)]));
        assert!(!whole.is_covered_by([part(6, 12), part(-3, 5)]));
        assert!(!whole.is_covered_by([]));
    }
}
