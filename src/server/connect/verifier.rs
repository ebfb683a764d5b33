//! What sslmode makes of the server's certificate.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature,
    verify_tls13_signature_with_raw_key,
};
use rustls::pki_types::{
    CertificateDer, CertificateRevocationListDer, ServerName, SubjectPublicKeyInfoDer, UnixTime,
};
use rustls::{
    CertificateError, DigitallySignedStruct, Error, OtherError, RootCertStore, SignatureScheme,
};
use x509_cert::Certificate;
use x509_cert::certificate::Version;
use x509_cert::der::{Decode, Encode};

use super::certificate_names::CertificateNames;
use super::error::ConnectError;

/// How much of the certificate is checked.
#[derive(Debug)]
pub(super) enum Check {
    /// Nothing: the connection is encrypted, and to whom is not known.
    Nothing,
    /// The chain up to a trusted root certificate, and the name if there is one to check.
    Chain {
        authority: Arc<WebPkiServerVerifier>,
        roots: Vec<CertificateDer<'static>>,
        name: Option<String>,
    },
}

impl Check {
    /// # Errors
    /// Root certificates or revocation lists that cannot be understood.
    pub fn chain(
        roots: Vec<CertificateDer<'static>>,
        revocations: Vec<CertificateRevocationListDer<'static>>,
        name: Option<String>,
        provider: &Arc<CryptoProvider>,
    ) -> Result<Check, ConnectError> {
        let mut store = RootCertStore::empty();
        store.add_parsable_certificates(roots.iter().cloned());
        let authority =
            WebPkiServerVerifier::builder_with_provider(Arc::new(store), Arc::clone(provider))
                .with_crls(revocations)
                .build()
                .map_err(|error| ConnectError::TlsSetup { reason: error.to_string() })?;
        Ok(Check::Chain { authority, roots, name })
    }
}

/// The check of one connection.
#[derive(Debug)]
pub(super) struct ServerVerifier {
    check: Check,
    algorithms: WebPkiSupportedAlgorithms,
    met_certificate: Arc<AtomicBool>,
}

impl ServerVerifier {
    /// A verifier that sets `met_certificate` once a server has shown one.
    pub fn new(
        check: Check,
        provider: &CryptoProvider,
        met_certificate: Arc<AtomicBool>,
    ) -> ServerVerifier {
        ServerVerifier {
            check,
            algorithms: provider.signature_verification_algorithms,
            met_certificate,
        }
    }
}

impl ServerCertVerifier for ServerVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.met_certificate.store(true, Ordering::Relaxed);
        let Check::Chain { authority, roots, name } = &self.check else {
            return Ok(ServerCertVerified::assertion());
        };
        let certificate = parse(end_entity)?;
        // A self-signed certificate that is itself in root.crt is trusted by OpenSSL and unknown to webpki, which
        // admits no authority as a server.
        if roots.contains(end_entity) {
            within_validity(&certificate, now)?;
        } else {
            if certificate.tbs_certificate.version != Version::V3 {
                return Err(other(OldCertificate));
            }
            match authority.verify_server_cert(
                end_entity,
                intermediates,
                server_name,
                ocsp_response,
                now,
            ) {
                // webpki looks at the name last, and by other rules than libpq.
                Ok(_)
                | Err(Error::InvalidCertificate(
                    CertificateError::NotValidForName
                    | CertificateError::NotValidForNameContext { .. },
                )) => {}
                Err(error) => return Err(error),
            }
        }
        let names = CertificateNames::of(&certificate);
        match name {
            Some(name) if !names.allow(name) => {
                Err(Error::InvalidCertificate(CertificateError::NotValidForNameContext {
                    expected: server_name.to_owned(),
                    presented: names.list(),
                }))
            }
            _ => Ok(ServerCertVerified::assertion()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        if parse(certificate)?.tbs_certificate.version != Version::V3 {
            return Err(other(OldCertificate));
        }
        verify_tls12_signature(message, certificate, signature, &self.algorithms)
    }

    /// Checked under every sslmode: SCRAM's channel binding rests on the server having its certificate's key. By the
    /// bare key, because webpki does not read the version 1 certificates that `openssl x509 -req` makes.
    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let key = parse(certificate)?
            .tbs_certificate
            .subject_public_key_info
            .to_der()
            .map_err(|_| CertificateError::BadEncoding)?;
        let key = SubjectPublicKeyInfoDer::from(key);
        verify_tls13_signature_with_raw_key(message, &key, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

/// Why an old certificate is refused.
#[derive(Debug, thiserror::Error)]
#[error(
    "it is an X.509 certificate of version 1; issue one of version 3, with a subjectAltName (openssl x509 -req … -extfile)"
)]
struct OldCertificate;

fn other(error: OldCertificate) -> Error {
    Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(error))))
}

fn parse(certificate: &CertificateDer<'_>) -> Result<Certificate, Error> {
    Certificate::from_der(certificate)
        .map_err(|_| Error::InvalidCertificate(CertificateError::BadEncoding))
}

fn within_validity(certificate: &Certificate, now: UnixTime) -> Result<(), Error> {
    let validity = &certificate.tbs_certificate.validity;
    let now = now.as_secs();
    let problem = if now < validity.not_before.to_unix_duration().as_secs() {
        CertificateError::NotValidYet
    } else if now > validity.not_after.to_unix_duration().as_secs() {
        CertificateError::Expired
    } else {
        return Ok(());
    };
    Err(Error::InvalidCertificate(problem))
}
