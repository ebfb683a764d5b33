//! Parameters whose value is one of a few words, a number or a switch.

use std::time::Duration;

use tokio_postgres::config::{ChannelBinding, SslNegotiation};

use super::error::ConnectError;
use super::settings::Settings;

/// The setting of `channel_binding`.
pub(super) fn channel_binding(settings: &Settings) -> Result<ChannelBinding, ConnectError> {
    choice(
        settings,
        "channel_binding",
        &[
            ("disable", ChannelBinding::Disable),
            ("prefer", ChannelBinding::Prefer),
            ("require", ChannelBinding::Require),
        ],
    )
    .map(|chosen| chosen.unwrap_or(ChannelBinding::Prefer))
}

/// The setting of `sslnegotiation`.
pub(super) fn ssl_negotiation(settings: &Settings) -> Result<SslNegotiation, ConnectError> {
    choice(
        settings,
        "sslnegotiation",
        &[("postgres", SslNegotiation::Postgres), ("direct", SslNegotiation::Direct)],
    )
    .map(|chosen| chosen.unwrap_or(SslNegotiation::Postgres))
}

/// The setting of `connect_timeout`: seconds for each address, where zero and less mean no limit.
pub(super) fn connect_timeout(settings: &Settings) -> Result<Option<Duration>, ConnectError> {
    let Some(value) = settings.value("connect_timeout") else {
        return Ok(None);
    };
    let seconds: i32 = value
        .trim()
        .parse()
        .map_err(|_| ConnectError::invalid(settings, "connect_timeout", "a number of seconds"))?;
    Ok(u64::try_from(seconds).ok().filter(|seconds| *seconds > 0).map(Duration::from_secs))
}

/// The value out of a list of words.
///
/// # Errors
/// A word that is not in the list.
pub(super) fn choice<T: Copy>(
    settings: &Settings,
    keyword: &'static str,
    choices: &[(&str, T)],
) -> Result<Option<T>, ConnectError> {
    let Some(value) = settings.value(keyword) else {
        return Ok(None);
    };
    let chosen = choices.iter().find(|(name, _)| *name == value);
    chosen.map(|(_, chosen)| Some(*chosen)).ok_or_else(|| {
        let names: Vec<_> = choices.iter().map(|(name, _)| *name).collect();
        ConnectError::invalid(settings, keyword, &format!("one of {}", names.join(", ")))
    })
}

/// A parameter that is `1`, the default, or `0`.
pub(super) fn switch(settings: &Settings, keyword: &'static str) -> Result<bool, ConnectError> {
    choice(settings, keyword, &[("0", false), ("1", true)]).map(|chosen| chosen.unwrap_or(true))
}

/// The word that stands for the value.
pub(super) fn word_for<T: Copy + PartialEq>(words: &[(&'static str, T)], value: T) -> &'static str {
    words.iter().find(|(_, known)| *known == value).map_or("unknown", |(word, _)| word)
}

/// A count in which zero stands for the system's default.
pub(super) fn number(
    settings: &Settings,
    keyword: &'static str,
) -> Result<Option<u32>, ConnectError> {
    settings
        .value(keyword)
        .map(|value| {
            value.trim().parse().map_err(|_| {
                ConnectError::invalid(settings, keyword, "a whole number, zero or more")
            })
        })
        .transpose()
        .map(|number| number.filter(|number| *number > 0))
}
