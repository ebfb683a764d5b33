//! Whether a certificate is for a host, by libpq's rules
//! (<https://www.postgresql.org/docs/current/libpq-ssl.html#LIBQ-SSL-CERTIFICATES>).

use std::net::IpAddr;

use x509_cert::Certificate;
use x509_cert::der::Tag;
use x509_cert::der::Tagged;
use x509_cert::der::asn1::ObjectIdentifier;
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;

const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");

/// The names of a certificate.
#[derive(Debug, Default)]
pub(super) struct CertificateNames {
    host_names: Vec<String>,
    addresses: Vec<IpAddr>,
    common_names: Vec<String>,
}

impl CertificateNames {
    /// The names that the certificate has; those that cannot be read are no names.
    pub fn of(certificate: &Certificate) -> CertificateNames {
        let subject = &certificate.tbs_certificate;
        let mut names = CertificateNames::default();
        if let Ok(Some((_, SubjectAltName(alternatives)))) = subject.get::<SubjectAltName>() {
            for alternative in alternatives {
                match alternative {
                    GeneralName::DnsName(name) => names.host_names.push(name.to_string()),
                    GeneralName::IpAddress(bytes) => {
                        names.addresses.extend(address(bytes.as_bytes()));
                    }
                    _ => {}
                }
            }
        }
        names.common_names = subject
            .subject
            .0
            .iter()
            .flat_map(|part| part.0.iter())
            .filter(|attribute| attribute.oid == COMMON_NAME)
            .filter(|attribute| {
                matches!(
                    attribute.value.tag(),
                    Tag::Utf8String | Tag::PrintableString | Tag::Ia5String | Tag::TeletexString
                )
            })
            .filter_map(|attribute| String::from_utf8(attribute.value.value().to_vec()).ok())
            .collect();
        names
    }

    /// Whether the host is one of the names. The common name counts only when there is no alternative name of the
    /// host's own sort.
    pub fn allow(&self, host: &str) -> bool {
        if self.host_names.iter().any(|name| matches(name, host)) {
            return true;
        }
        let (known, has_alternatives) = match host.parse::<IpAddr>() {
            Ok(address) => (self.addresses.contains(&address), !self.addresses.is_empty()),
            Err(_) => (false, !self.host_names.is_empty()),
        };
        known || (!has_alternatives && self.common_names.iter().any(|name| matches(name, host)))
    }

    /// The names that a host may have, for the error.
    pub fn list(&self) -> Vec<String> {
        let alternatives: Vec<_> = self
            .host_names
            .iter()
            .cloned()
            .chain(self.addresses.iter().map(IpAddr::to_string))
            .collect();
        if alternatives.is_empty() {
            return self.common_names.clone();
        }
        alternatives
    }
}

/// Equal but for case, where a leading `*.` stands for one label.
fn matches(pattern: &str, host: &str) -> bool {
    if pattern.contains('\0') {
        return false;
    }
    if pattern.eq_ignore_ascii_case(host) {
        return true;
    }
    let Some(suffix) = pattern.strip_prefix('*').filter(|rest| rest.starts_with('.')) else {
        return false;
    };
    // An address has no labels, and `*.` alone would stand for every single one.
    if suffix.len() < 3 || host.parse::<IpAddr>().is_ok() {
        return false;
    }
    host.find('.').is_some_and(|dot| dot > 0 && host[dot..].eq_ignore_ascii_case(suffix))
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    if let Ok(four) = <[u8; 4]>::try_from(bytes) {
        return Some(IpAddr::from(four));
    }
    <[u8; 16]>::try_from(bytes).ok().map(IpAddr::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(host_names: &[&str], addresses: &[&str], common_names: &[&str]) -> CertificateNames {
        let owned = |list: &[&str]| list.iter().map(|&name| name.to_owned()).collect();
        CertificateNames {
            host_names: owned(host_names),
            addresses: addresses.iter().map(|address| address.parse().unwrap()).collect(),
            common_names: owned(common_names),
        }
    }

    #[test]
    fn names_are_matched_as_libpq_does() {
        let check = |names: &CertificateNames, host: &str, expected: bool| {
            assert_eq!(names.allow(host), expected, "{names:?} {host}");
        };
        let plain = names(&["db.example.com"], &[], &["other.example.com"]);
        check(&plain, "DB.example.com", true);
        check(&plain, "x.db.example.com", false);
        check(&plain, "other.example.com", false);
        check(&plain, "10.0.0.1", false);

        let wild = names(&["*.example.com"], &[], &[]);
        check(&wild, "db.example.com", true);
        check(&wild, "a.db.example.com", false);
        check(&wild, "example.com", false);
        check(&wild, ".example.com", false);
        check(&names(&["*"], &[], &[]), "db", false);
        check(&names(&["*."], &[], &[]), "db.", false);
        check(&names(&["d*.example.com"], &[], &[]), "db.example.com", false);
        check(&names(&["*.0.0.1"], &[], &[]), "10.0.0.1", false);

        let common = names(&[], &[], &["db.example.com"]);
        check(&common, "db.example.com", true);
        check(&names(&[], &[], &["10.0.0.1"]), "10.0.0.1", true);
        check(&names(&[], &["10.0.0.2"], &["10.0.0.1"]), "10.0.0.1", false);
        check(&names(&[], &["::1"], &[]), "0:0::1", true);
        check(&names(&["10.0.0.1"], &[], &[]), "10.0.0.1", true);
    }
}
