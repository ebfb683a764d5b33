//! The password file: <https://www.postgresql.org/docs/current/libpq-pgpass.html>.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::environment::Environment;

/// The lines of a password file. Not `Debug`: they are passwords.
#[derive(Clone, Default)]
pub(super) struct PasswordFile {
    path: PathBuf,
    lines: Vec<String>,
    /// Why the file was left unread, for the error of a login that then fails.
    ignored: Option<String>,
}

impl PasswordFile {
    /// Reads the file that `passfile` names, or ~/.pgpass. Like libpq, a file that cannot be used is as good as
    /// none: the server may not ask for a password.
    pub fn read(named: Option<&str>, environment: &Environment) -> PasswordFile {
        let Some(path) = named
            .map(PathBuf::from)
            .or_else(|| environment.home().map(|home| home.join(".pgpass")))
        else {
            return PasswordFile::default();
        };
        let ignored = match unusable(&path) {
            Ok(reason) => reason,
            // libpq passes over a file that it cannot stat without a word.
            Err(_) => {
                return PasswordFile { path, ..PasswordFile::default() };
            }
        };
        let (lines, ignored) = match (ignored, fs::read_to_string(&path)) {
            (Some(reason), _) => (Vec::new(), Some(reason)),
            (None, Err(error)) => (Vec::new(), Some(error.to_string())),
            (None, Ok(text)) => (text.lines().map(str::to_owned).collect(), None),
        };
        PasswordFile { path, lines, ignored }
    }

    /// The password of the first line that fits.
    pub fn password(&self, host: &str, port: u16, database: &str, user: &str) -> Option<String> {
        let port = port.to_string();
        self.lines
            .iter()
            .filter(|line| !line.starts_with('#'))
            .find_map(|line| {
                [host, &port, database, user].into_iter().try_fold(line.as_str(), after_field)
            })
            .map(unescaped)
            .filter(|password| !password.is_empty())
    }

    /// Where the file is, or would be.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A sentence about a file that is there but was not used.
    pub fn warning(&self) -> Option<String> {
        let reason = self.ignored.as_ref()?;
        Some(format!("the password file {} was ignored: {reason}", self.path.display()))
    }
}

/// Why libpq would not read the file; `Err` when there is no such file.
fn unusable(path: &Path) -> std::io::Result<Option<String>> {
    let metadata = fs::metadata(path)?;
    if !metadata.is_file() {
        return Ok(Some("it is not a plain file".to_owned()));
    }
    if metadata.permissions().mode() & 0o077 != 0 {
        return Ok(Some(
            "group or others have access to it; its permissions must be u=rw (0600) or less"
                .to_owned(),
        ));
    }
    Ok(None)
}

/// What follows the line's first field, if that field is `*` or equals the value with `\` escaping `:` and `\`.
fn after_field<'line>(line: &'line str, value: &str) -> Option<&'line str> {
    if let Some(rest) = line.strip_prefix("*:") {
        return Some(rest);
    }
    let mut wanted = value.chars();
    let mut rest = line.chars();
    loop {
        match rest.next()? {
            ':' => return wanted.next().is_none().then_some(rest.as_str()),
            '\\' if wanted.next() == Some(rest.next()?) => {}
            '\\' => return None,
            c if wanted.next() == Some(c) => {}
            _ => return None,
        }
    }
}

/// The password field, which ends at a `:` too.
fn unescaped(field: &str) -> String {
    let mut password = String::new();
    let mut rest = field.chars();
    while let Some(c) = rest.next() {
        match c {
            ':' => break,
            '\\' => password.push(rest.next().unwrap_or('\\')),
            c => password.push(c),
        }
    }
    password
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> PasswordFile {
        PasswordFile { lines: text.lines().map(str::to_owned).collect(), ..PasswordFile::default() }
    }

    #[test]
    fn the_first_line_that_fits_counts() {
        let file = file(
            "# a comment\n\nhost:5432:db:me:first\nhost:5432:*:me:second\n*:*:*:you:third\nh\\:1:5432:d\\\\b:me:fo\\:ur\\\\th:rest\n*:5432:empty:me:\n",
        );
        let password = |host, database, user| file.password(host, 5432, database, user);
        assert_eq!(password("host", "db", "me").as_deref(), Some("first"));
        assert_eq!(password("host", "other", "me").as_deref(), Some("second"));
        assert_eq!(password("elsewhere", "db", "you").as_deref(), Some("third"));
        assert_eq!(password("h:1", "d\\b", "me").as_deref(), Some("fo:ur\\th"));
        assert_eq!(password("x", "empty", "me"), None);
        assert_eq!(password("hos", "db", "me"), None);
        assert_eq!(password("hosts", "db", "me"), None);
        assert_eq!(file.password("host", 5433, "db", "me"), None);
    }

    #[test]
    fn a_file_that_others_may_read_is_ignored_with_a_warning() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join(".pgpass");
        fs::write(&path, "*:*:*:*:s3cret\n").unwrap();
        let environment = Environment::new([], Some(home.path().to_owned()));

        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let read = PasswordFile::read(None, &environment);
        assert_eq!(read.password("h", 1, "d", "u"), None);
        assert!(read.warning().unwrap().contains("0600"));

        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        let read = PasswordFile::read(None, &environment);
        assert_eq!(read.password("h", 1, "d", "u").as_deref(), Some("s3cret"));
        assert_eq!(read.warning(), None);
    }
}
