//! What an error of the protocol means for the user and for the attempts that follow.

use std::error::Error as StdError;

use tokio_postgres::error::{DbError, SqlState};

use super::endpoint::Endpoint;
use super::error::ConnectError;
use super::refusal;
use super::target::Target;
use crate::sql::quote_identifier;

/// How one attempt ended.
pub(super) enum Failure {
    /// The next address may do better.
    Next(String),
    /// No answer within the limit; the next address may do better.
    TimedOut,
    /// The server is not of the sort that is looked for.
    Unsuitable(&'static str),
    /// The server answered and refused: as in libpq, the hosts after it are not tried.
    Stop(ConnectError),
}

/// Reads the driver's error of an attempt at this place.
pub(super) fn classify(
    error: &tokio_postgres::Error,
    target: &Target,
    endpoint: &Endpoint,
    place: &str,
) -> Failure {
    if let Some(refused) = error.as_db_error() {
        return by_server(refused, target, endpoint, place);
    }
    if let Some(refused) = refusal::of(error) {
        return Failure::Stop(refusal::explain(refused, place, endpoint.host_name()));
    }
    let reason = innermost(error);
    // The driver does not show what kind its errors are; these texts of tokio-postgres 0.7 are all it says, and
    // tests/connect.rs holds them.
    match (error.to_string().as_str(), reason.as_str()) {
        ("invalid configuration", "password missing") => {
            Failure::Stop(ConnectError::PasswordRequired {
                place: place.to_owned(),
                user: target.user.clone(),
                advice: missing_password(target),
            })
        }
        ("error performing TLS handshake", "server does not support TLS") => {
            Failure::Stop(ConnectError::TlsNotOffered {
                place: place.to_owned(),
                mode: target.tls.mode.name(),
            })
        }
        ("error performing TLS handshake", _) => {
            Failure::Stop(ConnectError::TlsFailed { place: place.to_owned(), reason })
        }
        ("authentication error" | "invalid configuration", _) => {
            Failure::Stop(ConnectError::AuthenticationUnsupported {
                place: place.to_owned(),
                reason,
            })
        }
        ("connection closed", _) => {
            Failure::Next("the server closed the connection while it was being set up".to_owned())
        }
        _ => Failure::Next(reason),
    }
}

/// Whether the server refuses this user, host and encryption taken together, so that trying the other encryption
/// makes sense. libpq does so for a wrong password too; that would only send it a second time.
pub(super) fn is_about_admission(failure: &Failure) -> bool {
    matches!(failure, Failure::Stop(ConnectError::NotAdmitted { .. }))
}

fn by_server(refused: &DbError, target: &Target, endpoint: &Endpoint, place: &str) -> Failure {
    let place = place.to_owned();
    let message = refused.message().to_owned();
    let state = refused.code();
    if *state == SqlState::CANNOT_CONNECT_NOW {
        return Failure::Next(message);
    }
    Failure::Stop(if *state == SqlState::INVALID_PASSWORD {
        ConnectError::AuthenticationFailed {
            place,
            user: target.user.clone(),
            message,
            advice: wrong_password(target, endpoint),
        }
    } else if *state == SqlState::INVALID_AUTHORIZATION_SPECIFICATION {
        ConnectError::NotAdmitted { place, user: target.user.clone(), message }
    } else if *state == SqlState::INVALID_CATALOG_NAME {
        ConnectError::NoSuchDatabase { place, database: target.database.clone() }
    } else if *state == SqlState::INSUFFICIENT_PRIVILEGE {
        let (user, database) = (target.user.clone(), target.database.clone());
        let (granted, grantee) = (quote_identifier(&database), quote_identifier(&user));
        ConnectError::NotGranted { place, user, database, granted, grantee }
    } else if *state == SqlState::TOO_MANY_CONNECTIONS {
        ConnectError::TooManyConnections { place, message }
    } else {
        ConnectError::RefusedByServer { place, message, state: state.code().to_owned() }
    })
}

fn wrong_password(target: &Target, endpoint: &Endpoint) -> String {
    match target.password_for(endpoint) {
        Some((_, origin)) => format!("The password came from {origin}; correct it there."),
        None => missing_password(target),
    }
}

fn missing_password(target: &Target) -> String {
    let mut advice = "Set PGPASSWORD, or add a line host:port:database:user:password to the password file (~/.pgpass or PGPASSFILE, mode 0600).".to_owned();
    if let Some(warning) = target.password_file.warning() {
        advice.push_str(&format!(" Note: {warning}."));
    }
    advice
}

fn innermost(error: &tokio_postgres::Error) -> String {
    let mut last: &dyn StdError = error;
    while let Some(source) = last.source() {
        last = source;
    }
    last.to_string()
}
