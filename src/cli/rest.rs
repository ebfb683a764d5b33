//! How long a batch of rows rests, as a multiple of how long it took: `0`, `1`, `2.5`.

use serde::{Deserialize, Deserializer};

/// The multiple that `text` says.
///
/// # Errors
/// What is wrong with it.
pub fn rest(text: &str) -> Result<f64, String> {
    let times =
        text.parse().map_err(|_| format!("`{text}` is not a number such as 0, 1 or 2.5"))?;
    checked(times)
}

/// The same, of a key in `pgconverge.toml`.
///
/// # Errors
/// What is wrong with it.
pub fn of_key<'de, D: Deserializer<'de>>(value: D) -> Result<Option<f64>, D::Error> {
    let times = f64::deserialize(value)?;
    checked(times).map(Some).map_err(serde::de::Error::custom)
}

fn checked(times: f64) -> Result<f64, String> {
    match (0.0..=LONGEST).contains(&times) {
        true => Ok(times),
        false => Err(format!("`{times}` is not between 0 and {LONGEST}")),
    }
}

/// More would be a mistake: a batch that takes a second would rest for minutes.
const LONGEST: f64 = 100.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rest_is_a_sensible_number() {
        assert_eq!(rest("0"), Ok(0.0));
        assert_eq!(rest("2.5"), Ok(2.5));
        assert!(rest("2s").unwrap_err().contains("such as 0, 1 or 2.5"));
        for text in ["-1", "101", "NaN", "inf"] {
            assert!(rest(text).unwrap_err().contains("between 0 and 100"), "{text}");
        }
    }
}
