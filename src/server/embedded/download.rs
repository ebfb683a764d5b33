//! HTTP, as the user's network wants it: the system's certificates, the proxy variables.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha512};
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::{Agent, Body};

use super::EmbeddedError;
use super::registry_setting::shown;

/// Something to ask a registry with.
pub(super) struct Client(Agent);

/// A file that is being sent.
pub(super) struct Incoming {
    address: String,
    body: Body,
}

impl Client {
    /// A client that trusts what the system trusts, `SSL_CERT_FILE` and `SSL_CERT_DIR` included,
    /// and goes through `HTTPS_PROXY` and its like.
    pub(super) fn new() -> Self {
        // Certificates that cannot be read are not trusted; with none left, the handshake says so.
        let certificates: Vec<Certificate<'static>> = rustls_native_certs::load_native_certs()
            .certs
            .iter()
            .map(|certificate| Certificate::from_der(certificate).to_owned())
            .collect();
        let trust =
            TlsConfig::builder().root_certs(RootCerts::new_with_certs(&certificates)).build();
        let config = Agent::config_builder()
            .tls_config(trust)
            .timeout_connect(Some(Duration::from_secs(20)))
            // A slow line may take long, a silent one may not.
            .timeout_recv_response(Some(Duration::from_secs(60)))
            .timeout_per_read(Some(Duration::from_secs(60)));
        Self(config.build().new_agent())
    }

    /// The JSON document at `address`.
    ///
    /// # Errors
    /// [`EmbeddedError::FetchFailed`].
    pub(super) fn document<T: DeserializeOwned>(
        &self,
        address: &str,
        accept: &str,
    ) -> Result<T, EmbeddedError> {
        let unusable = |error: ureq::Error| failed(address, &error.to_string());
        let request = self.0.get(address).header("accept", accept);
        let mut response = request.call().map_err(unusable)?;
        let body = response.body_mut().with_config().limit(DOCUMENT_LIMIT);
        let text = body.read_to_vec().map_err(unusable)?;
        serde_json::from_slice(&text).map_err(|error| failed(address, &error.to_string()))
    }

    /// Begins to get the file at `address`.
    ///
    /// # Errors
    /// [`EmbeddedError::FetchFailed`].
    pub(super) fn begin(&self, address: &str) -> Result<Incoming, EmbeddedError> {
        let response =
            self.0.get(address).call().map_err(|error| failed(address, &error.to_string()))?;
        Ok(Incoming { address: address.to_owned(), body: response.into_body() })
    }
}

/// Far more than a registry says of any package.
const DOCUMENT_LIMIT: u64 = 64 << 20;

impl Incoming {
    /// Where it comes from, as it may be shown.
    pub(super) fn address(&self) -> String {
        shown(&self.address)
    }

    /// How many bytes will come, if the server says so.
    pub(super) fn size(&self) -> Option<u64> {
        self.body.content_length()
    }

    /// Writes the rest to `file`, which is kept only if it is what `integrity` says: the
    /// [Subresource Integrity](https://www.w3.org/TR/SRI/) value of a published package.
    ///
    /// # Errors
    /// [`EmbeddedError::FetchFailed`], [`EmbeddedError::ChecksumMismatch`],
    /// [`EmbeddedError::Files`].
    pub(super) fn store(self, file: &Path, integrity: &str) -> Result<(), EmbeddedError> {
        let mut out = File::create_new(file).map_err(EmbeddedError::files("write", file))?;
        let mut digest = Sha512::new();
        let mut body = self.body.into_reader();
        let mut buffer = vec![0; 1 << 16];
        loop {
            let count = match body.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(failed(&self.address, &error.to_string())),
            };
            let part = buffer.get(..count).unwrap_or_default();
            digest.update(part);
            out.write_all(part).map_err(EmbeddedError::files("write", file))?;
        }
        let found = STANDARD.encode(digest.finalize());
        let promised =
            integrity.split_ascii_whitespace().filter_map(|value| value.strip_prefix("sha512-"));
        if promised.into_iter().any(|promised| promised == found) {
            return Ok(());
        }
        Err(EmbeddedError::ChecksumMismatch { address: shown(&self.address) })
    }
}

fn failed(address: &str, reason: &str) -> EmbeddedError {
    EmbeddedError::FetchFailed { what: shown(address), reason: reason.to_owned() }
}
