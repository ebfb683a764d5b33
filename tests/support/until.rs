//! Waiting for what other processes do.
//!
//! Used by `#[path = "support/until.rs"] mod until;`.

use std::thread;
use std::time::{Duration, Instant};

/// Waits for what must happen, however long the machine takes.
#[track_caller]
pub fn until(what: &str, mut happened: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !happened() {
        assert!(begin.elapsed() < Duration::from_secs(120), "it never came to pass: {what}");
        thread::sleep(Duration::from_millis(10));
    }
}
