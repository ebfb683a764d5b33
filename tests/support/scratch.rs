//! A directory for the data of a test's server: in memory where there is room.
//!
//! Used by `#[path = "scratch.rs"] mod scratch;`.

#![allow(clippy::unwrap_used, reason = "a panic is how a failure is told")]

use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// A directory that goes with this value, or, after a crash, when the next one is made.
pub struct Scratch {
    directory: TempDir,
    /// Locked for as long as the directory is in use.
    _lock: File,
}

/// What a server takes that runs the cases of one major: its data, and its log.
const ROOM: u64 = 1 << 30;

/// A file system in memory, on Linux: making a database there takes a tenth of the time.
const MEMORY: &str = "/dev/shm";

impl Scratch {
    pub fn new() -> Self {
        let user = rustix::process::geteuid().as_raw();
        let prefix = format!("pgconverge-tests-{user}-");
        let place = if has_room(MEMORY) { MEMORY } else { "/var/tmp" };
        sweep(Path::new(place), &prefix);
        let directory = tempfile::Builder::new()
            .prefix(&prefix)
            // The server's account has to get there when this process is root.
            .permissions(Permissions::from_mode(0o755))
            .tempdir_in(place)
            .unwrap();
        let lock = File::create(lock_of(directory.path())).unwrap();
        lock.lock().unwrap();
        Self { directory, _lock: lock }
    }

    pub fn path(&self) -> &Path {
        self.directory.path()
    }
}

fn has_room(place: &str) -> bool {
    rustix::fs::statvfs(place).is_ok_and(|it| it.f_bavail * it.f_frsize >= 2 * ROOM)
}

/// Removes what runs have left that were killed.
fn sweep(place: &Path, prefix: &str) {
    for entry in fs::read_dir(place).unwrap().flatten() {
        if entry.file_name().to_string_lossy().starts_with(prefix)
            && File::open(lock_of(&entry.path())).is_ok_and(|lock| lock.try_lock().is_ok())
        {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn lock_of(directory: &Path) -> PathBuf {
    directory.join("in-use.lock")
}
