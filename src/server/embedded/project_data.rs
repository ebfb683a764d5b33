//! Where a project's development data are, and how a running server on them is found.

use std::fs::{self, File};
use std::io::{BufReader, ErrorKind, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::account::Account;
use super::{EmbeddedError, EmbeddedServer, directories};

/// The development data of a project.
#[derive(Debug, Clone)]
pub(super) struct ProjectData {
    /// Whom they belong to, or will.
    pub(super) account: Account,
    /// The cluster's directory; the lock, the log and the advertisement lie next to it.
    pub(super) directory: PathBuf,
}

impl ProjectData {
    /// Those of the project in the directory `project`: below its `.pgconverge`, or, where the
    /// server's account cannot get there, in a place for all such projects, with a note of it in
    /// `.pgconverge`.
    ///
    /// # Errors
    /// [`EmbeddedError::OtherUser`], [`EmbeddedError::Files`], [`EmbeddedError::NoAccount`],
    /// [`EmbeddedError::Unreachable`], [`EmbeddedError::UnsafeDirectory`].
    pub(super) fn of(project: &Path) -> Result<Self, EmbeddedError> {
        let account = Account::of_servers()?;
        let project = fs::canonicalize(project).map_err(EmbeddedError::files("find", project))?;
        let home = project.join(".pgconverge");
        directories::make(&home)?;
        // Data are not to be committed with the project.
        write_once(&home.join(".gitignore"), "*\n")?;
        let base = match account.reach(&home) {
            Ok(()) => home,
            Err(_) => elsewhere(&project, &home, &account)?,
        };
        let directory = base.join("development");
        let Ok(made) = fs::symlink_metadata(&directory) else {
            return Ok(Self { account, directory });
        };
        let account = account.taking_up(&made);
        if !account.owns(&made) {
            return Err(EmbeddedError::OtherUser { data: directory });
        }
        Ok(Self { account, directory })
    }

    pub(super) fn lock_file(&self) -> PathBuf {
        self.directory.with_extension("lock")
    }

    /// The major version that made the data; `None` when there are none yet.
    pub(super) fn major(&self) -> Option<u32> {
        let file = self.directory.join("data/PG_VERSION");
        fs::read_to_string(file).ok()?.trim().parse().ok()
    }

    /// The server that some process keeps up on these data, if one says so and lives.
    pub(super) fn advertised(&self) -> Option<EmbeddedServer> {
        let file = File::open(self.advertisement_file()).ok()?;
        // Whose process was killed keeps no lock. Its server may answer a moment longer, and is
        // then gone in the middle of a command.
        if file.try_lock_shared().is_ok() {
            return None;
        }
        let server: Address = serde_json::from_reader(BufReader::new(file)).ok()?;
        let directory = fs::symlink_metadata(&server.socket_directory).ok()?;
        // Nobody else's server is to be taken for it.
        (directory.is_dir() && self.account.owns(&directory))
            .then(|| EmbeddedServer::joined(server.socket_directory, server.port, server.major))
    }

    /// Says that `server` may be joined.
    ///
    /// # Errors
    /// [`EmbeddedError::Files`].
    pub(super) fn advertise(&self, server: &mut EmbeddedServer) -> Result<(), EmbeddedError> {
        let address = Address {
            socket_directory: server.socket_directory().to_path_buf(),
            port: server.port(),
            major: server.major(),
        };
        let file = self.advertisement_file();
        let place = file.parent().unwrap_or(&file);
        // Renamed into place, so that nobody reads half of it.
        let mut new = tempfile::NamedTempFile::new_in(place)
            .map_err(EmbeddedError::files("write a file in", place))?;
        serde_json::to_writer(&mut new, &address)
            .map_err(|error| EmbeddedError::files("write", &file)(error.into()))?;
        new.as_file().lock().map_err(EmbeddedError::files("lock", &file))?;
        let locked = new
            .persist(&file)
            .map_err(|error| EmbeddedError::files("write", &file)(error.error))?;
        server.advertise(Advertisement { file, _locked: locked });
        Ok(())
    }

    /// Removes what a process that was killed advertised. Whoever calls holds the lock.
    pub(super) fn forget_the_advertised(&self) {
        let _ = fs::remove_file(self.advertisement_file());
    }

    fn advertisement_file(&self) -> PathBuf {
        self.directory.with_extension("json")
    }
}

/// An advertised server; dropping it ends the advertisement.
#[derive(Debug)]
pub(super) struct Advertisement {
    file: PathBuf,
    /// Says that the process lives. No child inherits it.
    _locked: File,
}

impl Drop for Advertisement {
    fn drop(&mut self) {
        // If it stays, whoever reads it finds no lock on it.
        let _ = fs::remove_file(&self.file);
    }
}

#[derive(Serialize, Deserialize)]
struct Address {
    socket_directory: PathBuf,
    port: u16,
    major: u32,
}

/// A directory for the data of a project that the account cannot reach, such as one below
/// `/root`. Leaves a note of it in `home`.
fn elsewhere(project: &Path, home: &Path, account: &Account) -> Result<PathBuf, EmbeddedError> {
    let places = ["/var/lib/pgconverge", "/var/tmp/pgconverge-root"].map(PathBuf::from);
    let digest = Sha256::digest(project.as_os_str().as_encoded_bytes());
    let key: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    let directory = directories::first_usable(&places, account)?.join(key);
    directories::make(&directory)?;
    let note = format!(
        "The data of this project's development server are in\n{}\n\
         since the account `{}`, as which root runs the server, cannot reach this directory.\n",
        directory.display(),
        account.name()
    );
    write_once(&home.join("where-the-data-are.txt"), &note)?;
    Ok(directory)
}

/// Writes a file unless it is there.
fn write_once(path: &Path, text: &str) -> Result<(), EmbeddedError> {
    match File::create_new(path) {
        Ok(mut file) => {
            file.write_all(text.as_bytes()).map_err(EmbeddedError::files("write", path))
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(EmbeddedError::files("write", path)(error)),
    }
}
