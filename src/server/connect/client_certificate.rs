//! The client's certificate and key: <https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-CLIENTCERT>.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::choices;
use super::environment::Environment;
use super::error::ConnectError;
use super::settings::Settings;
use super::tls_files::{self, path_or_default, unusable};

const CERTIFICATE: &str = "the client certificate";
const KEY: &str = "the client key";

/// Where the certificate and its key are.
#[derive(Clone)]
pub(super) struct ClientCertificate {
    certificate: PathBuf,
    key: PathBuf,
}

impl ClientCertificate {
    /// The files of `sslcert` and `sslkey`, or libpq's defaults; `None` under `sslcertmode=disable`.
    ///
    /// # Errors
    /// An unknown `sslcertmode`, and `require`, which is not supported.
    pub fn of(
        settings: &Settings,
        environment: &Environment,
    ) -> Result<Option<ClientCertificate>, ConnectError> {
        let send =
            choices::choice(settings, "sslcertmode", &[("disable", false), ("allow", true)])?;
        if send == Some(false) {
            return Ok(None);
        }
        let path = |keyword, default| path_or_default(settings, environment, keyword, default);
        Ok(path("sslcert", "postgresql.crt")
            .zip(path("sslkey", "postgresql.key"))
            .map(|(certificate, key)| ClientCertificate { certificate, key }))
    }

    /// The chain and the key; `None` when there is no certificate file, which libpq does not mind: the server
    /// decides whether it needs one.
    ///
    /// # Errors
    /// A certificate without its key, a key that others may read, and an encrypted one.
    pub fn load(
        &self,
    ) -> Result<Option<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)>, ConnectError> {
        let Some(pem) = tls_files::read(&self.certificate, CERTIFICATE)? else {
            return Ok(None);
        };
        let chain = tls_files::certificates(&pem, &self.certificate, CERTIFICATE)?;
        Ok(Some((chain, self.load_key()?)))
    }

    fn load_key(&self) -> Result<PrivateKeyDer<'static>, ConnectError> {
        let path = &self.key;
        let Some(pem) = tls_files::read(path, KEY)? else {
            return Err(unusable(
                KEY,
                path,
                "there is no such file",
                &format!(
                    "The certificate {} needs its key; name it by sslkey, or send no certificate by sslcertmode=disable.",
                    self.certificate.display()
                ),
            ));
        };
        refuse_open_key(path)?;
        let text = String::from_utf8_lossy(&pem);
        if text.contains("BEGIN ENCRYPTED PRIVATE KEY") || text.contains("Proc-Type: 4,ENCRYPTED") {
            return Err(unusable(
                KEY,
                path,
                "it is encrypted",
                "Store it without a passphrase, mode 0600: openssl pkey -in postgresql.key -out plain.key",
            ));
        }
        PrivateKeyDer::from_pem_slice(&pem).map_err(|error| {
            unusable(
                KEY,
                path,
                &error.to_string(),
                "The file must be PEM: a block that begins with -----BEGIN PRIVATE KEY----- or a kin of it.",
            )
        })
    }
}

/// libpq's rule: 0600 or less, or 0640 or less if the key is root's.
fn refuse_open_key(path: &Path) -> Result<(), ConnectError> {
    let metadata = fs::metadata(path).map_err(|error| {
        unusable(
            KEY,
            path,
            &error.to_string(),
            "Make it readable for the user who runs pgconverge.",
        )
    })?;
    if !metadata.is_file() {
        return Err(unusable(KEY, path, "it is not a plain file", "Name a file by sslkey."));
    }
    let forbidden = if metadata.uid() == 0 { 0o037 } else { 0o077 };
    if metadata.mode() & forbidden != 0 {
        return Err(unusable(
            KEY,
            path,
            "group or others have access to it",
            &format!("chmod 0600 {} (0640 is enough if root owns it).", path.display()),
        ));
    }
    Ok(())
}
