//! Parameters whose value is one of a few words, a number or a switch.

use std::time::Duration;

use tokio_postgres::config::{ChannelBinding, SslNegotiation};

use super::error::ConnectError;
use super::settings::Settings;

/// `sslmode`: <https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-SSLMODE-STATEMENTS>.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SslMode {
    Disable,
    Allow,
    Prefer,
    Require,
    VerifyCa,
    VerifyFull,
}

const SSL_MODES: &[(&str, SslMode)] = &[
    ("disable", SslMode::Disable),
    ("allow", SslMode::Allow),
    ("prefer", SslMode::Prefer),
    ("require", SslMode::Require),
    ("verify-ca", SslMode::VerifyCa),
    ("verify-full", SslMode::VerifyFull),
];

impl SslMode {
    /// Whether a connection without TLS is out of the question.
    pub fn insists(self) -> bool {
        matches!(
            self,
            SslMode::Require | SslMode::VerifyCa | SslMode::VerifyFull
        )
    }

    /// Whether the certificate must be verified.
    pub fn verifies(self) -> bool {
        matches!(self, SslMode::VerifyCa | SslMode::VerifyFull)
    }

    /// The word for it.
    pub fn name(self) -> &'static str {
        word_for(SSL_MODES, self)
    }
}

/// `target_session_attrs`: which server is good enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SessionAttributes {
    Any,
    ReadWrite,
    ReadOnly,
    Primary,
    Standby,
    PreferStandby,
}

impl SessionAttributes {
    /// The rounds over the list of hosts, each with what it looks for.
    pub fn rounds(self) -> &'static [SessionAttributes] {
        match self {
            SessionAttributes::Any => &[SessionAttributes::Any],
            SessionAttributes::ReadWrite => &[SessionAttributes::ReadWrite],
            SessionAttributes::ReadOnly => &[SessionAttributes::ReadOnly],
            SessionAttributes::Primary => &[SessionAttributes::Primary],
            SessionAttributes::Standby => &[SessionAttributes::Standby],
            SessionAttributes::PreferStandby => {
                &[SessionAttributes::Standby, SessionAttributes::Any]
            }
        }
    }

    /// Why a server in this state is not what is looked for; `None` when it is.
    pub fn objection(self, in_recovery: bool, read_only: bool) -> Option<&'static str> {
        match self {
            SessionAttributes::Any | SessionAttributes::PreferStandby => None,
            SessionAttributes::ReadWrite => read_only.then_some("its sessions are read-only"),
            SessionAttributes::ReadOnly => (!read_only).then_some("its sessions are not read-only"),
            SessionAttributes::Primary => in_recovery.then_some("it is a standby"),
            SessionAttributes::Standby => (!in_recovery).then_some("it is not a standby"),
        }
    }

    /// The word for it.
    pub fn name(self) -> &'static str {
        word_for(SESSION_ATTRIBUTES, self)
    }
}

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
        Keepalives {
            on: true,
            idle: None,
            interval: None,
            count: None,
            user_timeout: None,
        }
    }
}

impl Keepalives {
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

const SESSION_ATTRIBUTES: &[(&str, SessionAttributes)] = &[
    ("any", SessionAttributes::Any),
    ("read-write", SessionAttributes::ReadWrite),
    ("read-only", SessionAttributes::ReadOnly),
    ("primary", SessionAttributes::Primary),
    ("standby", SessionAttributes::Standby),
    ("prefer-standby", SessionAttributes::PreferStandby),
];

/// The setting of `target_session_attrs`.
pub(super) fn session_attributes(settings: &Settings) -> Result<SessionAttributes, ConnectError> {
    choice(settings, "target_session_attrs", SESSION_ATTRIBUTES)
        .map(|chosen| chosen.unwrap_or(SessionAttributes::Any))
}

/// The setting of `sslmode`, or of the old `requiressl`; `None` when neither is given.
pub(super) fn ssl_mode(settings: &Settings) -> Result<Option<SslMode>, ConnectError> {
    let chosen = choice(settings, "sslmode", SSL_MODES)?;
    let old = choice(
        settings,
        "requiressl",
        &[("0", SslMode::Prefer), ("1", SslMode::Require)],
    )?;
    Ok(chosen.or(old))
}

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
        &[
            ("postgres", SslNegotiation::Postgres),
            ("direct", SslNegotiation::Direct),
        ],
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
    Ok(u64::try_from(seconds)
        .ok()
        .filter(|seconds| *seconds > 0)
        .map(Duration::from_secs))
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

fn word_for<T: Copy + PartialEq>(words: &[(&'static str, T)], value: T) -> &'static str {
    words
        .iter()
        .find(|(_, known)| *known == value)
        .map_or("unknown", |(word, _)| word)
}

/// A count in which zero stands for the system's default.
fn number(settings: &Settings, keyword: &'static str) -> Result<Option<u32>, ConnectError> {
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
