//! Where embedded servers keep programs and data, and that nobody else can tamper with them.

use std::fs::{self, Permissions};
use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::account::Account;
use super::{EmbeddedError, EmbeddedSettings};

/// The cache directory, made if need be, which `account` can reach and only this user can write.
///
/// # Errors
/// [`EmbeddedError::Files`], [`EmbeddedError::UnsafeDirectory`], [`EmbeddedError::Unreachable`].
pub(super) fn cache(
    settings: &EmbeddedSettings,
    account: &Account,
) -> Result<PathBuf, EmbeddedError> {
    if let Some(directory) = &settings.cache_directory {
        return usable(directory, account);
    }
    let places = if account.is_changed_to() {
        ["/var/cache/pgconverge", "/var/tmp/pgconverge-root"].map(PathBuf::from)
    } else {
        own_places()
    };
    first_usable(&places, account)
}

/// The first of `places` that can be made, is safe, and can be reached by `account`.
///
/// # Errors
/// Those of the last place, when none will do.
pub(super) fn first_usable(
    [first, last]: &[PathBuf; 2],
    account: &Account,
) -> Result<PathBuf, EmbeddedError> {
    usable(first, account).or_else(|_| usable(last, account))
}

/// Makes a directory, and those above it, unless it is there; others may read it.
///
/// # Errors
/// [`EmbeddedError::Files`].
pub(super) fn make(path: &Path) -> Result<(), EmbeddedError> {
    if let Some(above) = path.parent() {
        fs::create_dir_all(above).map_err(EmbeddedError::files("make", above))?;
    }
    match fs::create_dir(path) {
        // Whatever the umask says: the server's account has to read it.
        Ok(()) => fs::set_permissions(path, Permissions::from_mode(0o755))
            .map_err(EmbeddedError::files("set the permissions of", path)),
        Err(error) if error.kind() == ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        Err(error) => Err(EmbeddedError::files("make", path)(error)),
    }
}

/// Makes a private directory that belongs to `account`. It must not exist.
///
/// # Errors
/// [`EmbeddedError::Files`].
pub(super) fn make_private(path: &Path, account: &Account) -> Result<(), EmbeddedError> {
    fs::create_dir(path).map_err(EmbeddedError::files("make", path))?;
    fs::set_permissions(path, Permissions::from_mode(0o700))
        .map_err(EmbeddedError::files("set the permissions of", path))?;
    account.give(path)
}

/// Removes a directory with all it holds, if it is there.
///
/// # Errors
/// [`EmbeddedError::Files`].
pub(super) fn remove(path: &Path) -> Result<(), EmbeddedError> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(EmbeddedError::files("remove", path)(error))
        }
        _ => Ok(()),
    }
}

/// How the names of socket directories begin.
pub(super) const SOCKET_DIRECTORY_PREFIX: &str = "pgconverge-";

/// A new private directory for a server's socket. Its path is short: a socket's address has room
/// for about a hundred bytes, see `unix_socket_directories` in
/// [Connection Settings](https://www.postgresql.org/docs/current/runtime-config-connection.html).
///
/// # Errors
/// [`EmbeddedError::Files`].
pub(super) fn socket(account: &Account) -> Result<TempDir, EmbeddedError> {
    let own = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|path| {
        !account.is_changed_to() && path.is_absolute() && path.as_os_str().len() < 60
    });
    if let Some(directory) = own.and_then(|place| private_in(&place, account).ok()) {
        return Ok(directory);
    }
    private_in(Path::new("/tmp"), account).or_else(|_| private_in(Path::new("/var/tmp"), account))
}

fn private_in(place: &Path, account: &Account) -> Result<TempDir, EmbeddedError> {
    let directory = tempfile::Builder::new()
        .prefix(SOCKET_DIRECTORY_PREFIX)
        .permissions(Permissions::from_mode(0o700))
        .tempdir_in(place)
        .map_err(EmbeddedError::files("make a directory in", place))?;
    account.give(directory.path())?;
    Ok(directory)
}

/// Where a user who is not root keeps caches:
/// <https://specifications.freedesktop.org/basedir-spec/latest/>.
fn own_places() -> [PathBuf; 2] {
    let user = rustix::process::geteuid().as_raw();
    let last_resort = PathBuf::from(format!("/var/tmp/pgconverge-{user}"));
    let first = std::env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
        .or_else(|| std::env::home_dir().map(|home| home.join(".cache")))
        .map_or_else(|| last_resort.clone(), |caches| caches.join("pgconverge"));
    [first, last_resort]
}

fn usable(path: &Path, account: &Account) -> Result<PathBuf, EmbeddedError> {
    make(path)?;
    let path = fs::canonicalize(path).map_err(EmbeddedError::files("find", path))?;
    let metadata = fs::metadata(&path).map_err(EmbeddedError::files("look at", &path))?;
    // Programs are run from here: what another user can write, this user must not run.
    let own = metadata.uid() == rustix::process::geteuid().as_raw();
    if !own || metadata.mode() & 0o022 != 0 {
        return Err(EmbeddedError::UnsafeDirectory { path });
    }
    account.reach(&path)?;
    Ok(path)
}
