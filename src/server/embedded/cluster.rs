//! Making a database cluster, and the settings it runs with.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};

use super::account::Account;
use super::lock::Lock;
use super::{Binaries, EmbeddedError, directories};

/// A database cluster of the tool's own: a private directory, the programs and the account that
/// work on it, and its settings.
#[derive(Debug, Clone)]
pub(super) struct Cluster {
    pub(super) binaries: Binaries,
    pub(super) account: Account,
    /// Belongs to the account and holds the data directory.
    pub(super) directory: PathBuf,
    pub(super) purpose: Purpose,
}

/// What a cluster is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Scratch work: what is lost can be made again.
    Shadow,
    /// Somebody's data.
    Development,
}

/// The superuser of every embedded server.
pub(super) const SUPERUSER: &str = "postgres";

impl Cluster {
    /// The [data directory](https://www.postgresql.org/docs/current/storage-file-layout.html).
    /// When it is there, it is whole.
    pub(super) fn data(&self) -> PathBuf {
        self.directory.join("data")
    }

    /// The server's log. It is not in the cluster's directory: it is written before there is one,
    /// and read after it was wiped.
    pub(super) fn log(&self) -> PathBuf {
        self.directory.with_extension("log")
    }

    pub(super) fn exists(&self) -> bool {
        self.data().is_dir()
    }

    /// Runs [initdb](https://www.postgresql.org/docs/current/app-initdb.html), unless that has
    /// been done. Whoever calls holds the cluster's `lock`.
    ///
    /// # Errors
    /// [`EmbeddedError::InitdbFailed`], [`EmbeddedError::Files`], [`EmbeddedError::CannotRun`].
    pub(super) fn make(&self, lock: &Lock) -> Result<(), EmbeddedError> {
        if self.exists() {
            return Ok(());
        }
        if !self.directory.is_dir() {
            directories::make_private(&self.directory, &self.account)?;
        }
        let unfinished = self.directory.join("unfinished");
        directories::remove(&unfinished)?;
        let initdb = self.binaries.program("initdb");
        let mut command = self.account.command(&initdb);
        command
            .arg("--pgdata")
            .arg(&unfinished)
            .args(["--username", SUPERUSER])
            // The socket is in a private directory: who gets there is the owner.
            .args(["--auth-local=trust", "--auth-host=reject"])
            .args(["--encoding=UTF8", "--locale=C", "--no-instructions"])
            // Should this process be killed, initdb works on for a moment: with the lock.
            .stdin(lock.for_child()?);
        if self.purpose == Purpose::Shadow {
            command.arg("--no-sync");
        }
        let output = command.output().map_err(EmbeddedError::cannot_run(&initdb))?;
        if !output.status.success() {
            let text = [output.stdout, output.stderr].concat();
            return Err(EmbeddedError::InitdbFailed {
                data: self.data(),
                output: last_lines(&String::from_utf8_lossy(&text)),
            });
        }
        let data = self.data();
        fs::rename(&unfinished, &data).map_err(EmbeddedError::files("make", &data))
    }

    /// Removes all that the cluster holds.
    ///
    /// # Errors
    /// [`EmbeddedError::Files`].
    pub(super) fn wipe(&self) -> Result<(), EmbeddedError> {
        directories::remove(&self.directory)
    }

    /// The arguments of `postgres`. They count more than `postgresql.conf`, and so hold for data
    /// that an earlier version of this tool made.
    pub(super) fn arguments(&self, socket_directory: &Path, port: u16) -> Vec<OsString> {
        let mut arguments = vec![OsString::from("-D"), self.data().into_os_string()];
        let mut set = |name: &str, value: &OsStr| {
            let mut setting = OsString::from(format!("{name}="));
            setting.push(value);
            arguments.extend([OsString::from("-c"), setting]);
        };
        set("listen_addresses", "".as_ref());
        set("unix_socket_directories", socket_directory.as_ref());
        set("port", port.to_string().as_ref());
        // Messages go where the supervisor's do, whatever postgresql.conf says.
        set("logging_collector", "off".as_ref());
        set("log_destination", "stderr".as_ref());
        if self.purpose == Purpose::Shadow {
            for (name, value) in SHADOW_SETTINGS {
                set(name, value.as_ref());
            }
        }
        arguments
    }
}

/// Nothing in a shadow outlives a run, so it need not survive a crash:
/// <https://www.postgresql.org/docs/current/non-durability.html>.
const SHADOW_SETTINGS: [(&str, &str); 15] = [
    ("fsync", "off"),
    ("synchronous_commit", "off"),
    ("full_page_writes", "off"),
    ("wal_level", "minimal"),
    ("max_wal_senders", "0"),
    ("autovacuum", "off"),
    ("jit", "off"),
    ("huge_pages", "off"),
    ("shared_buffers", "64MB"),
    ("max_connections", "100"),
    // Creating a relation locks it, its TOAST table and its indexes until the transaction ends:
    // 4096 times some 30 backends hold the locks of more than 20,000 of them. See
    // https://www.postgresql.org/docs/current/runtime-config-locks.html.
    ("max_locks_per_transaction", "4096"),
    ("max_wal_size", "1GB"),
    ("timezone", "UTC"),
    ("log_timezone", "UTC"),
    // What users write in their files is no business of a log.
    ("log_min_error_statement", "panic"),
];

/// The end of a program's output or log, as much as fits into an error message.
pub(super) fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.trim_end().lines().collect();
    let first = lines.len().saturating_sub(20);
    lines.get(first..).unwrap_or_default().join("\n")
}
