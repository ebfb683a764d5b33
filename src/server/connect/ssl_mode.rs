//! `sslmode`, the promise that TLS makes.

use super::choices;
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

impl SslMode {
    /// The setting of `sslmode`, or of the old `requiressl`; `None` when neither is given.
    pub fn of(settings: &Settings) -> Result<Option<SslMode>, ConnectError> {
        let chosen = choices::choice(settings, "sslmode", SSL_MODES)?;
        let old = choices::choice(
            settings,
            "requiressl",
            &[("0", SslMode::Prefer), ("1", SslMode::Require)],
        )?;
        Ok(chosen.or(old))
    }

    /// Whether a connection without TLS is out of the question.
    pub fn insists(self) -> bool {
        matches!(self, SslMode::Require | SslMode::VerifyCa | SslMode::VerifyFull)
    }

    /// Whether the certificate must be verified.
    pub fn verifies(self) -> bool {
        matches!(self, SslMode::VerifyCa | SslMode::VerifyFull)
    }

    /// The word for it.
    pub fn name(self) -> &'static str {
        choices::word_for(SSL_MODES, self)
    }
}

const SSL_MODES: &[(&str, SslMode)] = &[
    ("disable", SslMode::Disable),
    ("allow", SslMode::Allow),
    ("prefer", SslMode::Prefer),
    ("require", SslMode::Require),
    ("verify-ca", SslMode::VerifyCa),
    ("verify-full", SslMode::VerifyFull),
];
