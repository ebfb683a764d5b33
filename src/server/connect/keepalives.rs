//! How soon a dead connection is noticed.

use std::time::Duration;

use super::choices::{number, switch};
use super::error::ConnectError;
use super::settings::Settings;

/// `keepalives*` and `tcp_user_timeout`; `None` leaves the system's value.
#[derive(Clone, Debug)]
pub(super) struct Keepalives {
    pub on: bool,
    pub idle: Option<Duration>,
    pub interval: Option<Duration>,
    pub count: Option<u32>,
    pub user_timeout: Option<Duration>,
}

impl Default for Keepalives {
    fn default() -> Self {
        Keepalives { on: true, idle: None, interval: None, count: None, user_timeout: None }
    }
}

impl Keepalives {
    /// What the settings say.
    ///
    /// # Errors
    /// Values that are no numbers.
    pub fn of(settings: &Settings) -> Result<Keepalives, ConnectError> {
        let seconds =
            |keyword| Ok(number(settings, keyword)?.map(|n| Duration::from_secs(u64::from(n))));
        Ok(Keepalives {
            on: switch(settings, "keepalives")?,
            idle: seconds("keepalives_idle")?,
            interval: seconds("keepalives_interval")?,
            count: number(settings, "keepalives_count")?,
            user_timeout: number(settings, "tcp_user_timeout")?
                .map(|n| Duration::from_millis(u64::from(n))),
        })
    }
}
