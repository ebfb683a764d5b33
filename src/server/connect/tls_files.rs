//! The files of certificates and revocation lists.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer};

use super::environment::Environment;
use super::error::ConnectError;
use super::settings::Settings;
use super::ssl_mode::SslMode;

/// Where the trusted root certificates are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Roots {
    /// The operating system's, by `sslrootcert=system`.
    System,
    /// In this file, if it is there.
    File(PathBuf),
    /// No file is named, and there is no home directory to have one.
    Nowhere,
}

impl Roots {
    /// The place that the settings name, or libpq's default.
    pub fn of(settings: &Settings, environment: &Environment) -> Roots {
        if settings.value("sslrootcert") == Some("system") {
            return Roots::System;
        }
        path_or_default(settings, environment, "sslrootcert", "root.crt")
            .map_or(Roots::Nowhere, Roots::File)
    }

    /// The certificates; `None` when there are none and the mode can do without.
    ///
    /// # Errors
    /// A file that cannot be used; no certificates although the mode verifies.
    pub fn load(
        &self,
        mode: SslMode,
    ) -> Result<Option<Vec<CertificateDer<'static>>>, ConnectError> {
        let certificates = match self {
            Roots::System => rustls_native_certs::load_native_certs().certs,
            Roots::Nowhere => Vec::new(),
            Roots::File(path) => match read(path, "the root certificates")? {
                Some(pem) => certificates(&pem, path, "the root certificates")?,
                None => Vec::new(),
            },
        };
        if !certificates.is_empty() {
            return Ok(Some(certificates));
        }
        match (self, mode.verifies()) {
            (_, false) => Ok(None),
            (Roots::File(path), true) => Err(unusable(
                "the root certificates",
                path,
                "there is no such file",
                &format!(
                    "sslmode={} needs it. Put the certificate of the authority there, name its file by sslrootcert, or use sslrootcert=system for a certificate of a public authority.",
                    mode.name()
                ),
            )),
            (_, true) => Err(ConnectError::NoRootCertificates { mode: mode.name() }),
        }
    }
}

/// The file that the parameter names, or the one of this name in ~/.postgresql.
pub(super) fn path_or_default(
    settings: &Settings,
    environment: &Environment,
    keyword: &str,
    default: &str,
) -> Option<PathBuf> {
    settings
        .value(keyword)
        .map(PathBuf::from)
        .or_else(|| environment.home().map(|home| home.join(".postgresql").join(default)))
}

/// The revocation lists of `sslcrl`, if the file is there.
///
/// # Errors
/// A file that cannot be read. libpq passes over one; a revoked certificate would then be accepted.
pub(super) fn revocations(
    path: Option<&Path>,
) -> Result<Vec<CertificateRevocationListDer<'static>>, ConnectError> {
    const WHAT: &str = "the revocation lists";
    let Some(path) = path else {
        return Ok(Vec::new());
    };
    let Some(pem) = read(path, WHAT)? else {
        return Ok(Vec::new());
    };
    CertificateRevocationListDer::pem_slice_iter(&pem)
        .collect::<Result<_, _>>()
        .map_err(|error| not_pem(WHAT, path, &error.to_string()))
}

/// The certificates of a PEM file.
///
/// # Errors
/// A file that has none.
pub(super) fn certificates(
    pem: &[u8],
    path: &Path,
    what: &'static str,
) -> Result<Vec<CertificateDer<'static>>, ConnectError> {
    let certificates = CertificateDer::pem_slice_iter(pem)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| not_pem(what, path, &error.to_string()))?;
    if certificates.is_empty() {
        return Err(not_pem(what, path, "it holds no certificate"));
    }
    Ok(certificates)
}

/// The file's bytes; `None` when it does not exist.
pub(super) fn read(path: &Path, what: &'static str) -> Result<Option<Vec<u8>>, ConnectError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unusable(
            what,
            path,
            &error.to_string(),
            "Make it readable for the user who runs pgconverge.",
        )),
    }
}

pub(super) fn unusable(
    what: &'static str,
    path: &Path,
    reason: &str,
    advice: &str,
) -> ConnectError {
    ConnectError::UnusableTlsFile {
        what,
        path: path.to_owned(),
        reason: reason.to_owned(),
        advice: advice.to_owned(),
    }
}

fn not_pem(what: &'static str, path: &Path, reason: &str) -> ConnectError {
    unusable(
        what,
        path,
        reason,
        "The file must be PEM: blocks that begin with -----BEGIN and end with -----END.",
    )
}
