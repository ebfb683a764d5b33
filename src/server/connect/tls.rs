//! What the TLS parameters ask for: <https://www.postgresql.org/docs/current/libpq-ssl.html>.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, SupportedProtocolVersion};
use tokio_postgres::config::SslNegotiation;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::choices;
use super::client_certificate::ClientCertificate;
use super::environment::Environment;
use super::error::ConnectError;
use super::settings::Settings;
use super::ssl_mode::SslMode;
use super::tls_files::{self, Roots};
use super::verifier::{Check, ServerVerifier};

/// The TLS parameters, with libpq's defaults. No file is read before [`TlsSettings::connector`].
#[derive(Clone)]
pub(super) struct TlsSettings {
    pub mode: SslMode,
    pub negotiation: SslNegotiation,
    roots: Roots,
    revocations: Option<PathBuf>,
    client: Option<ClientCertificate>,
    server_name_indication: bool,
    versions: Vec<&'static SupportedProtocolVersion>,
}

/// TLS for one host.
pub(super) struct Connector {
    pub make: MakeRustlsConnect,
    met_certificate: Arc<AtomicBool>,
}

impl Connector {
    /// Whether the server took up TLS, as far as showing its certificate.
    pub fn was_used(&self) -> bool {
        self.met_certificate.load(Ordering::Relaxed)
    }
}

impl TlsSettings {
    /// What the settings ask for.
    ///
    /// # Errors
    /// Values that are none of the parameter's, and those that contradict each other.
    pub fn of(settings: &Settings, environment: &Environment) -> Result<TlsSettings, ConnectError> {
        let roots = Roots::of(settings, environment);
        let default = match roots {
            Roots::System => SslMode::VerifyFull,
            _ => SslMode::Prefer,
        };
        let mode = SslMode::of(settings)?.unwrap_or(default);
        let negotiation = choices::ssl_negotiation(settings)?;
        let weak =
            |stronger, enough| ConnectError::WeakSslMode { mode: mode.name(), stronger, enough };
        if roots == Roots::System && mode != SslMode::VerifyFull {
            return Err(weak("sslrootcert=system", "verify-full"));
        }
        if negotiation == SslNegotiation::Direct && !mode.insists() {
            return Err(weak("sslnegotiation=direct", "require"));
        }
        Ok(TlsSettings {
            mode,
            negotiation,
            roots,
            revocations: tls_files::path_or_default(settings, environment, "sslcrl", "root.crl"),
            client: ClientCertificate::of(settings, environment)?,
            server_name_indication: choices::switch(settings, "sslsni")?,
            versions: versions(settings)?,
        })
    }

    /// No TLS at all.
    pub fn disabled() -> TlsSettings {
        TlsSettings {
            mode: SslMode::Disable,
            negotiation: SslNegotiation::Postgres,
            roots: Roots::Nowhere,
            revocations: None,
            client: None,
            server_name_indication: true,
            versions: vec![&TLS12, &TLS13],
        }
    }

    /// TLS for the host of this name, or for one that is only known by its address.
    ///
    /// # Errors
    /// Files that cannot be used.
    pub fn connector(&self, host: Option<&str>, place: &str) -> Result<Connector, ConnectError> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let met_certificate = Arc::new(AtomicBool::new(false));
        // Whatever the mode, libpq checks the chain once there are root certificates; that is what the manual means
        // by require behaving like verify-ca (https://www.postgresql.org/docs/current/libpq-ssl.html#LIBQ-SSL-CERTIFICATES).
        let check = match self.roots.load(self.mode)? {
            None => Check::Nothing,
            Some(roots) => {
                let revocations = tls_files::revocations(self.revocations.as_deref())?;
                let name = match (self.mode, host) {
                    (SslMode::VerifyFull, Some(host)) => Some(host.to_owned()),
                    (SslMode::VerifyFull, None) => {
                        return Err(ConnectError::NoHostName { place: place.to_owned() });
                    }
                    _ => None,
                };
                Check::chain(roots, revocations, name, &provider)?
            }
        };
        let verifier = ServerVerifier::new(check, &provider, Arc::clone(&met_certificate));
        let builder = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&self.versions)
            .map_err(|error| setup(&error))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier));
        let client = match &self.client {
            Some(certificate) => certificate.load()?,
            None => None,
        };
        let mut config = match client {
            Some((chain, key)) => {
                builder.with_client_auth_cert(chain, key).map_err(|error| setup(&error))?
            }
            None => builder.with_no_client_auth(),
        };
        config.enable_sni = self.server_name_indication;
        // Servers of 17 and later expect it: https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-SSL.
        config.alpn_protocols = vec![b"postgresql".to_vec()];
        Ok(Connector { make: MakeRustlsConnect::new(config), met_certificate })
    }
}

/// The protocol versions between the two bounds. rustls has none before 1.2, which is libpq's own lower bound.
fn versions(settings: &Settings) -> Result<Vec<&'static SupportedProtocolVersion>, ConnectError> {
    let lowest = choices::choice(
        settings,
        "ssl_min_protocol_version",
        &[("TLSv1", 2), ("TLSv1.1", 2), ("TLSv1.2", 2), ("TLSv1.3", 3)],
    )?
    .unwrap_or(2);
    let highest =
        choices::choice(settings, "ssl_max_protocol_version", &[("TLSv1.2", 2), ("TLSv1.3", 3)])?
            .unwrap_or(3);
    if lowest > highest {
        return Err(ConnectError::invalid(
            settings,
            "ssl_max_protocol_version",
            "no lower than ssl_min_protocol_version",
        ));
    }
    Ok([(2, &TLS12), (3, &TLS13)]
        .into_iter()
        .filter(|(version, _)| (lowest..=highest).contains(version))
        .map(|(_, version)| version)
        .collect())
}

fn setup(error: &rustls::Error) -> ConnectError {
    ConnectError::TlsSetup { reason: error.to_string() }
}
