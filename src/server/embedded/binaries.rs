//! Finding PostgreSQL's server programs on the machine.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::account::Account;
use super::blocking::blocking;
use super::{EmbeddedError, EmbeddedSettings, MAJORS, fetch};

/// PostgreSQL's server programs of one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binaries {
    directory: PathBuf,
    version: String,
    major: u32,
}

/// The server programs of a major version: found in `settings.search_path`, else among those
/// fetched before, else fetched.
///
/// `major`: `None` takes the newest of the supported ones that is there, and fetches 17 when
/// there is none. `talk` is told in one line what is fetched.
///
/// # Errors
/// [`EmbeddedError::UnsupportedMajor`], and all that fetching can meet with.
pub async fn binaries(
    major: Option<u32>,
    settings: &EmbeddedSettings,
    talk: &dyn Fn(&str),
) -> Result<Binaries, EmbeddedError> {
    if let Some(major) = major.filter(|major| !MAJORS.contains(major)) {
        return Err(EmbeddedError::UnsupportedMajor { major });
    }
    let own = settings.clone();
    let found = blocking(move || {
        let account = Account::of_servers()?;
        let installed = installed(major, &own.search_path, &account);
        Ok(installed.or_else(|| fetch::fetched(major, &own, &account)))
    });
    match found.await? {
        Some(binaries) => Ok(binaries),
        None => fetch::fetch(major.unwrap_or(PREFERRED_MAJOR), settings, talk).await,
    }
}

/// Fetched when there is no server at all and nobody asked for a certain one.
const PREFERRED_MAJOR: u32 = 17;

impl Binaries {
    /// The directory that holds `postgres` and `initdb`, symbolic links resolved.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The major version, such as 15.
    #[must_use]
    pub fn major(&self) -> u32 {
        self.major
    }

    /// The version as `postgres --version` gives it, such as `15.18`.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// One of the programs.
    pub(super) fn program(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    /// The programs in a directory, if it holds a whole server that runs here; else why not.
    pub(super) fn at(directory: &Path) -> Result<Self, String> {
        let postgres = fs::canonicalize(directory.join("postgres")).map_err(|e| e.to_string())?;
        // `postgres` may be a symbolic link in a directory of PATH; its companions are where it
        // really is.
        let directory = postgres.parent().unwrap_or(directory).to_path_buf();
        if !directory.join("initdb").is_file() {
            return Err("it has no initdb".to_owned());
        }
        let printed = output(&postgres, "--version")?;
        let (version, major) =
            parse_version(&printed).ok_or_else(|| format!("its version is {printed:?}"))?;
        Ok(Self { directory, version, major })
    }
}

/// The programs of `major`, or of the newest supported major, in `search_path`.
fn installed(major: Option<u32>, search_path: &[PathBuf], account: &Account) -> Option<Binaries> {
    let mut seen = BTreeSet::new();
    let mut found = search_path
        .iter()
        .flat_map(|directory| [Some(directory.clone()), told_by_pg_config(directory)])
        .flatten()
        // Several ways often lead to one installation, and asking it takes a process each time.
        .filter(|directory| {
            fs::canonicalize(directory.join("postgres")).is_ok_and(|program| seen.insert(program))
        })
        .filter_map(|directory| Binaries::at(&directory).ok())
        .filter(|binaries| account.reach(&binaries.program("postgres")).is_ok());
    // Among equals the first: the order of the search path is the user's preference.
    match major {
        Some(major) => found.find(|binaries| binaries.major == major),
        None => found
            .filter(|binaries| MAJORS.contains(&binaries.major))
            .reduce(|best, next| if next.major > best.major { next } else { best }),
    }
}

/// [`pg_config --bindir`](https://www.postgresql.org/docs/current/app-pgconfig.html).
fn told_by_pg_config(directory: &Path) -> Option<PathBuf> {
    let pg_config = directory.join("pg_config");
    if !pg_config.is_file() {
        return None;
    }
    let printed = output(&pg_config, "--bindir").ok()?;
    Some(PathBuf::from(printed.trim_end()))
}

fn output(program: &Path, argument: &str) -> Result<String, String> {
    let output = Command::new(program).arg(argument).output().map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(String::from_utf8_lossy(&output.stderr).trim().to_owned())
}

/// From `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`: the version and its major.
fn parse_version(printed: &str) -> Option<(String, u32)> {
    let version = printed.split_once("(PostgreSQL)")?.1.split_whitespace().next()?;
    let digits = version.split(|c: char| !c.is_ascii_digit()).next()?;
    Some((version.to_owned(), digits.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::parse_version;

    #[test]
    fn versions_are_read_as_postgres_prints_them() {
        let read = |text| parse_version(text).map(|(version, major)| format!("{version} {major}"));
        let debian = "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n";
        assert_eq!(read(debian).as_deref(), Some("15.18 15"));
        assert_eq!(read("postgres (PostgreSQL) 18beta1\n").as_deref(), Some("18beta1 18"));
        assert_eq!(read("something else"), None);
    }
}
