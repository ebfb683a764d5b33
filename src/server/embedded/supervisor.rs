//! The small shell process between the tool and a server, which takes the server down when the
//! tool is gone, however it went.

use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::EmbeddedError;
use super::cluster::Cluster;
use super::lock::Lock;

/// A server and its supervisor. Dropping it stops the server and waits a moment for its end.
#[derive(Debug)]
pub(super) struct Supervisor {
    child: Child,
    /// Nothing is ever written here: its end is the message.
    lifeline: Option<ChildStdin>,
}

/// Reads the lifeline on descriptor 3, and stops the server when it ends; also, cleans up after
/// the server. POSIX gives background commands no standard input of their own, hence the 3.
///
/// SIGINT asks for a [fast shutdown](https://www.postgresql.org/docs/current/server-shutdown.html).
/// An immediate one would not be faster, not even for a shadow: what it saves, and more, is then
/// spent on recovery at the next start.
const SCRIPT: &str = r#"
socket_directory=$1
shift
exec 3<&0 </dev/null
"$@" 3<&- &
server=$!
{ while read -r _; do :; done; kill -s INT "$server"; } <&3 >/dev/null 2>&1 &
watcher=$!
exec 3<&-
wait "$server"
status=$?
kill "$watcher" 2>/dev/null
rm -f "$socket_directory"/.s.PGSQL.*
rmdir "$socket_directory"
exit "$status"
"#;

impl Supervisor {
    /// Starts the server of `cluster`, which will make its socket in `socket_directory`. The
    /// server holds `lock` from now on, for as long as any of its processes lives.
    ///
    /// # Errors
    /// [`EmbeddedError::CannotRun`], [`EmbeddedError::Files`].
    pub(super) fn start(
        cluster: &Cluster,
        lock: &Lock,
        socket_directory: &Path,
        port: u16,
    ) -> Result<Self, EmbeddedError> {
        let shell = Path::new("/bin/sh");
        let mut child = cluster
            .account
            .command(shell)
            .args(["-c", SCRIPT, "pgconverge-supervisor"])
            .arg(socket_directory)
            .arg(cluster.binaries.program("postgres"))
            .args(cluster.arguments(socket_directory, port))
            .stdin(Stdio::piped())
            // Of all streams a child inherits, the server does not use this one.
            .stdout(lock.for_child()?)
            .stderr(new_file(&cluster.log())?)
            // Ctrl-C at a terminal goes to the foreground group: to the tool, and not to these.
            .process_group(0)
            .spawn()
            .map_err(EmbeddedError::cannot_run(shell))?;
        let lifeline = child.stdin.take();
        Ok(Self { child, lifeline })
    }

    /// How the server ended, if it did.
    pub(super) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        drop(self.lifeline.take());
        let begin = Instant::now();
        while self.ended().is_none() && begin.elapsed() < PATIENCE {
            thread::sleep(Duration::from_millis(2));
        }
    }
}

/// How long dropping waits; the supervisor goes on without being watched.
const PATIENCE: Duration = Duration::from_secs(10);

/// An empty file, even where there was one; never one that a symbolic link leads to.
fn new_file(path: &Path) -> Result<File, EmbeddedError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(EmbeddedError::files("replace", path)(error));
        }
        _ => {}
    }
    File::create_new(path).map_err(EmbeddedError::files("write", path))
}
