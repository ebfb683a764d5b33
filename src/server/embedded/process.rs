//! A running embedded server.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use tokio_postgres::{Config, NoTls};

use super::blocking::blocking;
use super::cluster::{Cluster, SUPERUSER, last_lines};
use super::lock::Lock;
use super::project_data::Advertisement;
use super::supervisor::Supervisor;
use super::{EmbeddedError, directories, postmaster_file};

/// A running server of the tool's own. It stops when this is dropped, and also when this process
/// is killed; only a server that was joined goes on without it.
#[derive(Debug)]
pub struct EmbeddedServer {
    socket_directory: PathBuf,
    port: u16,
    major: u32,
    // In this order they are dropped: nobody is to find a server that is about to stop.
    advertisement: Option<Advertisement>,
    supervisor: Option<Supervisor>,
}

/// Part of the socket's name only, since there is no network: always PostgreSQL's default.
const PORT: u16 = 5432;

impl EmbeddedServer {
    /// The directory of its unix socket, which only its account and root can enter. As `host` in
    /// a connection string it makes clients use the socket.
    #[must_use]
    pub fn socket_directory(&self) -> &Path {
        &self.socket_directory
    }

    /// The port, which on a unix socket is but a part of the name.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The superuser to connect as; there is no password.
    #[must_use]
    pub fn user(&self) -> &str {
        SUPERUSER
    }

    /// The server's major version.
    #[must_use]
    pub fn major(&self) -> u32 {
        self.major
    }

    /// Whether it is the server of another process (`pgconverge dev`), which goes on when this
    /// value is dropped.
    #[must_use]
    pub fn is_joined(&self) -> bool {
        self.supervisor.is_none()
    }

    /// Stops the server and waits for its end, without blocking the runtime as dropping does.
    ///
    /// # Errors
    /// [`EmbeddedError::Interrupted`] when the runtime ends meanwhile; the server stops all
    /// the same.
    pub async fn stop(self) -> Result<(), EmbeddedError> {
        blocking(move || {
            drop(self);
            Ok(())
        })
        .await
    }

    /// A server that another process runs, and has just been found to answer.
    pub(super) fn joined(socket_directory: PathBuf, port: u16, major: u32) -> Self {
        Self { socket_directory, port, major, advertisement: None, supervisor: None }
    }

    /// Lets other processes find the server, for as long as this value lives.
    pub(super) fn advertise(&mut self, advertisement: Advertisement) {
        self.advertisement = Some(advertisement);
    }

    /// A connection's configuration, to the database `postgres`.
    pub(super) fn config(&self) -> Config {
        let mut config = Config::new();
        config
            .host_path(&self.socket_directory)
            .port(self.port)
            .user(SUPERUSER)
            .dbname("postgres")
            .connect_timeout(Duration::from_secs(10));
        config
    }

    /// Whether a connection can be made.
    pub(super) async fn answers(&self) -> bool {
        // The connection ends when it is dropped.
        self.config().connect(NoTls).await.is_ok()
    }
}

/// Starts the server of a cluster that is there, and waits until it accepts connections.
///
/// # Errors
/// [`EmbeddedError::StartFailed`] with the end of the server's log; [`EmbeddedError::Files`],
/// [`EmbeddedError::CannotRun`].
pub(super) fn start(cluster: &Cluster, lock: &Lock) -> Result<EmbeddedServer, EmbeddedError> {
    let data = cluster.data();
    postmaster_file::forget_the_killed(&data, &cluster.account);
    let socket = directories::socket(&cluster.account)?;
    let mut supervisor = Supervisor::start(cluster, lock, socket.path(), PORT)?;
    // From here on the supervisor removes it.
    let socket_directory = socket.keep();
    let begin = Instant::now();
    while !postmaster_file::is_ready(&data, &socket_directory) {
        let reason = if let Some(status) = supervisor.ended() {
            format!("did not start ({status})")
        } else if begin.elapsed() > START_TIMEOUT {
            format!("was not ready after {} s", START_TIMEOUT.as_secs())
        } else {
            thread::sleep(Duration::from_millis(5));
            continue;
        };
        let log = cluster.log();
        let tail = last_lines(&String::from_utf8_lossy(&fs::read(&log).unwrap_or_default()));
        return Err(EmbeddedError::StartFailed { reason, log, tail });
    }
    Ok(EmbeddedServer {
        socket_directory,
        port: PORT,
        major: cluster.binaries.major(),
        advertisement: None,
        supervisor: Some(supervisor),
    })
}

/// Far more than a start takes, and enough for recovery after a crash on a slow disk.
const START_TIMEOUT: Duration = Duration::from_secs(30);
