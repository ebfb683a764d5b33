//! Spans of time, as they are written: `500ms`, `2s`, `5m`, `1h 30m`.

use std::time::Duration;

use jiff::SignedDuration;
use serde::{Deserialize, Deserializer};

/// The span of time that `text` says, with a unit.
///
/// # Errors
/// What is wrong with it.
pub fn duration(text: &str) -> Result<Duration, String> {
    let span: SignedDuration = text
        .parse()
        .map_err(|_| format!("`{text}` is not a span of time such as 500ms, 2s, 5m or 1h"))?;
    Duration::try_from(span).map_err(|_| format!("`{text}` is less than nothing"))
}

/// The same, of a key in `pgconverge.toml`.
///
/// # Errors
/// What is wrong with it.
pub fn of_key<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Duration>, D::Error> {
    let text = String::deserialize(value)?;
    duration(&text).map(Some).map_err(serde::de::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_is_needed() {
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("1h 30m"), Ok(Duration::from_secs(5400)));
        assert_eq!(duration("0s"), Ok(Duration::ZERO));
        assert!(duration("2").unwrap_err().contains("such as 500ms"));
        assert!(duration("-2s").unwrap_err().contains("less than nothing"));
    }
}
