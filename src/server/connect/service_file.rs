//! The connection service file: <https://www.postgresql.org/docs/current/libpq-pgservice.html>.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::environment::Environment;
use super::error::ConnectError;
use super::settings::{Settings, Source};

/// Adds the parameters of the service that the settings or PGSERVICE name, if they name one.
///
/// The user's file comes first and the system's only where the user's does not define the service.
///
/// # Errors
/// A file that cannot be read or parsed, and a service that no file defines.
pub(super) fn add_service(
    settings: &mut Settings,
    environment: &Environment,
) -> Result<(), ConnectError> {
    let Some(service) =
        settings.value("service").or_else(|| environment.get("PGSERVICE")).map(str::to_owned)
    else {
        return Ok(());
    };
    let searched = candidates(settings.value("servicefile"), environment);
    for path in &searched {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => {
                return Err(ConnectError::UnreadableServiceFile {
                    path: path.clone(),
                    reason: error.to_string(),
                });
            }
        };
        if let Some(pairs) = section(&text, &service, path)? {
            return settings.add(pairs, &Source::ServiceFile(path.clone()));
        }
    }
    let searched: Vec<_> = searched.iter().map(|path| path.display().to_string()).collect();
    Err(ConnectError::UnknownService { service, searched: searched.join(", ") })
}

/// libpq has the system's directory compiled in; without PGSYSCONFDIR these are the distributions' values of
/// `pg_config --sysconfdir`.
const SYSTEM_DIRECTORIES: [&str; 3] = ["/etc/postgresql-common", "/etc/sysconfig/pgsql", "/etc"];

fn candidates(named: Option<&str>, environment: &Environment) -> Vec<PathBuf> {
    let own = named
        .or_else(|| environment.get("PGSERVICEFILE"))
        .map(PathBuf::from)
        .or_else(|| environment.home().map(|home| home.join(".pg_service.conf")));
    let directories = match environment.get("PGSYSCONFDIR") {
        Some(directory) => vec![directory],
        None => SYSTEM_DIRECTORIES.to_vec(),
    };
    own.into_iter()
        .chain(
            directories.into_iter().map(|directory| Path::new(directory).join("pg_service.conf")),
        )
        .collect()
}

/// The parameters in the section `[service]`; `None` when the file has no such section.
fn section(
    text: &str,
    service: &str,
    path: &Path,
) -> Result<Option<Vec<(String, String)>>, ConnectError> {
    let mut found: Option<Vec<(String, String)>> = None;
    for (index, line) in text.lines().enumerate() {
        let malformed = |reason: &str| ConnectError::MalformedServiceFile {
            path: path.to_owned(),
            line: index + 1,
            reason: reason.to_owned(),
        };
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(name) = line.strip_prefix('[') {
            if found.is_some() {
                break;
            }
            if name.strip_suffix(']') == Some(service) {
                found = Some(Vec::new());
            }
            continue;
        }
        let Some(pairs) = &mut found else { continue };
        if line.starts_with("ldap://") {
            return Err(malformed("looking up a service by LDAP is not supported"));
        }
        let (keyword, value) =
            line.split_once('=').ok_or_else(|| malformed("a parameter needs an `=`"))?;
        if keyword == "service" || keyword == "servicefile" {
            return Err(malformed("a service cannot refer to another service"));
        }
        // libpq's parseServiceFile keeps the first of two lines with one keyword.
        if pairs.iter().all(|(known, _)| known != keyword) {
            pairs.push((keyword.to_owned(), value.to_owned()));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "# services\n[other]\nhost=elsewhere\n\n[mine]\n host=here\nport=6000\nport=6001\noptions=-c a=b\n[last]\nhost=x\n";

    #[test]
    fn a_section_ends_at_the_next_one() {
        let pairs = section(FILE, "mine", Path::new("f")).unwrap().unwrap();
        let pairs: Vec<_> = pairs.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        assert_eq!(pairs, [("host", "here"), ("port", "6000"), ("options", "-c a=b")]);
        assert!(section(FILE, "none", Path::new("f")).unwrap().is_none());
    }

    #[test]
    fn bad_lines_are_named_but_not_shown() {
        for text in ["[mine]\ns3cret", "[mine]\nservice=other", "[mine]\nldap://host/dn"] {
            let error = section(text, "mine", Path::new("f")).unwrap_err();
            assert!(matches!(error, ConnectError::MalformedServiceFile { line: 2, .. }), "{error}");
            assert!(!error.to_string().contains("s3cret"));
        }
    }
}
