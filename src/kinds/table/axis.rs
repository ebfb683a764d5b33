//! What the partitions of a window follow each other along: days, or integers. Each partition has an
//! ordinal, and ends where the next one begins.

use jiff::civil::Date;

use super::key::IntegerKey;
use super::period::Period;
use super::window::Window;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Axis {
    Days(Period),
    /// So many keys each, counted from 0.
    Integers {
        step: i64,
        key: IntegerKey,
    },
}

impl Axis {
    /// That of a window whose table has such a key.
    pub fn of(window: &Window, key: IntegerKey) -> Option<Self> {
        let every = window.every.as_str();
        if let Some(step) = integer(every) {
            return (step > 0).then_some(Self::Integers { step, key });
        }
        Period::parse(every).filter(|period| period.count > 0).map(Self::Days)
    }

    /// The partition that `start`, as written in a file, is in.
    pub fn start(self, start: &str) -> Option<i64> {
        match self {
            Self::Days(period) => Some(period.ordinal(start.parse().ok()?)),
            Self::Integers { step, .. } => Some(ordinal(integer(start)?.into(), step)),
        }
    }

    /// The partition that a day is in; days say nothing where integers count.
    pub fn on(self, day: Date) -> Option<i64> {
        match self {
            Self::Days(period) => Some(period.ordinal(day)),
            Self::Integers { .. } => None,
        }
    }

    /// The partition that a key is in, spelled as the server spells a number without a fraction.
    pub fn holding(self, key: &str) -> Option<i64> {
        let Self::Integers { step, .. } = self else { return None };
        let digits = key.strip_prefix('-').unwrap_or(key);
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let far = if key.starts_with('-') { i128::MIN } else { i128::MAX };
        Some(ordinal(key.parse().unwrap_or(far), step))
    }

    /// The first partition whose rows are kept while `current` is the current one.
    pub fn kept(self, current: i64, keep: &str) -> Option<i64> {
        match self {
            Self::Days(period) => {
                let since = Period::parse(keep)?.after(period.start(current)?, -1);
                Some(period.ordinal(since))
            }
            Self::Integers { step, .. } => {
                let since = i128::from(current) * i128::from(step) - i128::from(integer(keep)?);
                Some(ordinal(since, step))
            }
        }
    }
}

/// An integer as a file has it.
pub fn integer(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    digits.starts_with(|first: char| first.is_ascii_digit()).then(|| text.parse().ok())?
}

/// Those too far away for an ordinal are as far away as ordinals go.
pub fn ordinal(key: i128, step: i64) -> i64 {
    let ordinal = key.div_euclid(step.max(1).into());
    i64::try_from(ordinal).unwrap_or(if ordinal < 0 { i64::MIN } else { i64::MAX })
}

#[cfg(test)]
mod tests {
    use super::*;

    const THOUSANDS: Axis = Axis::Integers { step: 1000, key: IntegerKey::ANY };

    #[test]
    fn keys_are_counted_from_0() {
        for (key, ordinal) in
            [("0", 0), ("999", 0), ("1000", 1), ("-1", -1), ("-1000", -1), ("-1001", -2)]
        {
            assert_eq!(THOUSANDS.holding(key), Some(ordinal), "{key}");
        }
        assert_eq!(THOUSANDS.holding("NaN"), None);
        assert_eq!(THOUSANDS.holding(""), None);
        let googol = format!("1{}", "0".repeat(100));
        assert_eq!(THOUSANDS.holding(&googol), Some(i64::MAX));
        assert_eq!(THOUSANDS.holding(&format!("-{googol}")), Some(i64::MIN));
    }

    #[test]
    fn what_is_kept() {
        assert_eq!(THOUSANDS.kept(7, "5000"), Some(2));
        assert_eq!(THOUSANDS.kept(7, "4999"), Some(2));
        assert_eq!(THOUSANDS.kept(7, "0"), Some(7));
        assert_eq!(THOUSANDS.kept(i64::MAX, "1"), Some(i64::MAX - 1));
        let months = Axis::Days(Period::parse("1 month").unwrap());
        let november = months.on(Date::constant(2025, 11, 15)).unwrap();
        assert_eq!(months.kept(november, "2 months"), Some(november - 2));
        assert_eq!(months.kept(november, "10 days"), Some(november - 1));
    }

    #[test]
    fn integers_are_bare() {
        assert_eq!(integer("-5"), Some(-5));
        for text in ["", "+5", "5 ", "1_000", "1e3", "5.0", "99999999999999999999"] {
            assert_eq!(integer(text), None, "{text}");
        }
    }
}
