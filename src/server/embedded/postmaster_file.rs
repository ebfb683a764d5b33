//! `postmaster.pid`, by which a server tells where it is and how it does. Its lines are listed in
//! PostgreSQL's `src/include/utils/pidfile.h`.

use std::fs;
use std::path::{Path, PathBuf};

use super::account::Account;
use super::directories::SOCKET_DIRECTORY_PREFIX;

/// Whether the server on `data` is the one that listens in `socket_directory`, and ready to
/// accept connections.
pub(super) fn is_ready(data: &Path, socket_directory: &Path) -> bool {
    let Ok(text) = fs::read_to_string(file(data)) else {
        return false;
    };
    socket_directory_in(&text).as_deref() == Some(socket_directory)
        && text.lines().nth(7).is_some_and(|status| status.trim_end() == "ready")
}

/// Removes the file, and the socket directory, of an embedded server that was killed together
/// with its supervisor. Whoever calls holds the lock of `data`, which a living one would hold.
///
/// The server would find out by itself, but for a process that has got the old one's number by
/// now: likely in containers, where numbers are small. A file of a server that somebody started
/// by hand on this directory stays.
pub(super) fn forget_the_killed(data: &Path, account: &Account) {
    let Ok(text) = fs::read_to_string(file(data)) else {
        return;
    };
    let Some(directory) = socket_directory_in(&text).filter(|path| is_ours(path)) else {
        return;
    };
    // Failing does no harm here: the server will say what is in its way.
    let _ = fs::remove_file(file(data));
    if fs::symlink_metadata(&directory).is_ok_and(|found| found.is_dir() && account.owns(&found)) {
        for entry in fs::read_dir(&directory).into_iter().flatten().flatten() {
            if entry.file_name().to_string_lossy().starts_with(".s.PGSQL.") {
                let _ = fs::remove_file(entry.path());
            }
        }
        let _ = fs::remove_dir(&directory);
    }
}

fn file(data: &Path) -> PathBuf {
    data.join("postmaster.pid")
}

fn socket_directory_in(text: &str) -> Option<PathBuf> {
    text.lines().nth(4).map(PathBuf::from)
}

fn is_ours(directory: &Path) -> bool {
    directory
        .file_name()
        .is_some_and(|name| name.to_string_lossy().starts_with(SOCKET_DIRECTORY_PREFIX))
}
