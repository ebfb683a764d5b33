//! What a failed TLS handshake means for the user.

use std::error::Error as StdError;
use std::io;

use rustls::{CertificateError, Error};

use super::error::ConnectError;

/// The TLS error at the bottom of the error, if there is one.
pub(super) fn of<'error>(error: &'error (dyn StdError + 'static)) -> Option<&'error Error> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<Error>() {
            return Some(found);
        }
        // io::Error::source() is the source of the error it wraps, not that error.
        if let Some(wrapped) = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref)
            && let Some(found) = wrapped.downcast_ref::<Error>()
        {
            return Some(found);
        }
        next = error.source();
    }
    None
}

/// The error that says it.
pub(super) fn explain(error: &Error, place: &str, host: Option<&str>) -> ConnectError {
    let place = place.to_owned();
    let Error::InvalidCertificate(problem) = error else {
        return ConnectError::TlsFailed { place, reason: error.to_string() };
    };
    let (reason, advice) = match problem {
        CertificateError::NotValidForNameContext { presented, .. } => {
            return ConnectError::WrongHostName {
                place,
                host: host.unwrap_or_default().to_owned(),
                names: named(presented),
            };
        }
        CertificateError::UnknownIssuer => (
            "no root certificate has signed it".to_owned(),
            "sslrootcert must name the certificate of the authority that signed the server's (default ~/.postgresql/root.crt).",
        ),
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => (
            "it has expired".to_owned(),
            "Renew the server's certificate, and check this machine's clock.",
        ),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            ("it is not valid yet".to_owned(), "Check this machine's clock.")
        }
        CertificateError::Revoked => (
            "it is revoked".to_owned(),
            "Issue a new certificate for the server; sslcrl names the revocation lists.",
        ),
        CertificateError::UnknownRevocationStatus => (
            "the revocation lists do not cover its chain".to_owned(),
            "sslcrl must name a file with a list of every authority in the chain.",
        ),
        CertificateError::Other(other) => {
            (other.0.to_string(), "Reissue the server's certificate for use by a TLS server.")
        }
        _ => (error.to_string(), "Reissue the server's certificate for use by a TLS server."),
    };
    ConnectError::UntrustedCertificate { place, reason, advice }
}

fn named(names: &[String]) -> String {
    if names.is_empty() {
        return "no host at all".to_owned();
    }
    let quoted: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}
