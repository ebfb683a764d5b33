//! A private server for a test program or a benchmark.
//!
//! Used by `#[path = "support/server.rs"] mod server;`.

#![allow(
    clippy::unwrap_used,
    dead_code,
    reason = "each program uses its part of this, and fails by panicking"
)]

use std::path::{Path, PathBuf};

use pgconverge::server::embedded::{EmbeddedServer, EmbeddedSettings, binaries, shadow};
use tokio_postgres::{Client, NoTls};

/// Starts a server with durability off, of the major that `PGCONVERGE_TEST_MAJOR` names, else of the
/// newest installed, without what an earlier run has left. It ends with this process.
pub async fn start() -> EmbeddedServer {
    let talk = |line: &str| eprintln!("{line}");
    let settings = settings();
    let major = match wanted() {
        Some(major) => major,
        None => binaries(None, &settings, &talk).await.unwrap().major(),
    };
    let server = shadow(major, &settings, &talk).await.unwrap();
    let client = connect(&address(&server, "postgres")).await;
    let left = "SELECT datname::text FROM pg_database WHERE starts_with(datname, 'test_')";
    for row in client.query(left, &[]).await.unwrap() {
        let drop = format!("DROP DATABASE {} WITH (FORCE)", row.get::<_, &str>(0));
        client.batch_execute(&drop).await.unwrap();
    }
    server
}

fn wanted() -> Option<u32> {
    std::env::var("PGCONVERGE_TEST_MAJOR").ok()?.split(',').next()?.trim().parse().ok()
}

/// Where the programs of the major are that `PGCONVERGE_TEST_MAJOR` names.
pub async fn wanted_programs() -> Option<PathBuf> {
    let settings = EmbeddedSettings::from_environment();
    let found = binaries(Some(wanted()?), &settings, &|line: &str| eprintln!("{line}")).await;
    Some(found.unwrap().directory().to_owned())
}

/// Apart from the servers of the tool itself, so that it finds its own as it left them.
fn settings() -> EmbeddedSettings {
    let user = rustix::process::geteuid().as_raw();
    let directory = Path::new("/var/tmp").join(format!("pgconverge-tests-{user}"));
    EmbeddedSettings { cache_directory: Some(directory), ..EmbeddedSettings::from_environment() }
}

/// The connection string of a database on `server`.
pub fn address(server: &EmbeddedServer, database: &str) -> String {
    let directory = server.socket_directory().display();
    format!("host={directory} port={} user={} dbname={database}", server.port(), server.user())
}

/// Connects to `address`.
pub async fn connect(address: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(address, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}
