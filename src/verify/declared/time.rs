//! Spans of time in files of checks: `500ms`, `2s`.

use std::time::Duration;

use jiff::SignedDuration;

use crate::kind::FormError;
use crate::sql::Fragment;

/// The span that `text` says.
pub fn time(text: &Fragment) -> Result<Duration, FormError> {
    let span = text.as_str().parse::<SignedDuration>().ok();
    let span = span.and_then(|span| Duration::try_from(span).ok());
    // The server counts milliseconds, and takes none of them for any number.
    span.filter(|span| span.as_millis() > 0).ok_or_else(|| {
        let message = format!("`{text}` is no span of time of a millisecond or more");
        let error = FormError::new("pgconverge::desired::invalid_value", message)
            .help("write it with its unit: 500ms, 2s, 1m 30s");
        match text.place() {
            Some(place) => error.or_at(place),
            None => error,
        }
    })
}
