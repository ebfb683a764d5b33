//! Exclusive locks on files. They end with the processes that hold them, however those end.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;
use std::process::Stdio;

use super::EmbeddedError;

/// A held lock. It is on the open file, not on the process: a child that inherits the file keeps
/// it too, so the lock of a data directory is free only when no server runs on it any more.
#[derive(Debug)]
pub(super) struct Lock(File);

impl Lock {
    /// The lock on the file at `path`, which is made if need be; `None` while it is held elsewhere.
    ///
    /// # Errors
    /// [`EmbeddedError::Files`].
    pub(super) fn try_exclusive(path: &Path) -> Result<Option<Self>, EmbeddedError> {
        let file = open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(EmbeddedError::files("lock", path)(error)),
        }
    }

    /// The lock on the file at `path`, waited for.
    ///
    /// # Errors
    /// [`EmbeddedError::Files`].
    pub(super) fn exclusive(path: &Path) -> Result<Self, EmbeddedError> {
        let file = open(path)?;
        file.lock().map_err(EmbeddedError::files("lock", path))?;
        Ok(Self(file))
    }

    /// The lock as a stream that a child inherits, and with it holds the lock.
    ///
    /// # Errors
    /// [`EmbeddedError::Files`].
    pub(super) fn for_child(&self) -> Result<Stdio, EmbeddedError> {
        self.0
            .try_clone()
            .map(Stdio::from)
            .map_err(EmbeddedError::files("hand on", Path::new("the lock file")))
    }
}

fn open(path: &Path) -> Result<File, EmbeddedError> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
        .map_err(EmbeddedError::files("open", path))
}
