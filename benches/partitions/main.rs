//! What a table with many partitions costs, next to `pg_dump --schema-only`: a window of days, as of a day, the day
//! after it, and with nothing to do.
//!
//! ```text
//! cargo bench --bench partitions -- [NUMBER]…
//! ```
//!
//! A number is one of partitions; 100 and 1000 when none is given. Linux only, as the catalog's benchmark.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a benchmark fails by panicking, and its output is what it is for"
)]

#[path = "../../tests/support/postgres.rs"]
mod postgres;
#[path = "../../tests/support/server.rs"]
mod server;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use pgconverge::server::embedded::EmbeddedServer;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::server::{address, connect};

const ROUNDS: usize = 3;

/// What is run, in this order: the first makes the partitions.
const RUNS: [(&str, &[&str]); 6] = [
    ("apply, with nothing to do after the first", &["apply", "--confirm", "--as-of", "2026-01-01"]),
    ("plan, nothing to do", &["plan", "--as-of", "2026-01-01"]),
    ("drift, nothing to do", &["drift", "--as-of", "2026-01-01"]),
    ("plan, not cached", &["plan", "--no-cache", "--as-of", "2026-01-01"]),
    ("plan, a day later", &["plan", "--as-of", "2026-01-02"]),
    ("plan, ten days later", &["plan", "--as-of", "2026-01-11"]),
];

fn main() {
    let numbers: Vec<usize> =
        std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    let numbers = if numbers.is_empty() { vec![100, 1000] } else { numbers };
    let runtime = Runtime::new().unwrap();
    let server = runtime.block_on(server::start());
    let columns: Vec<Vec<(&str, f64)>> =
        numbers.iter().map(|number| measured(&runtime, &server, *number)).collect();
    let heads: Vec<String> = numbers.iter().map(|it| format!("{it} partitions")).collect();
    println!("| run | {} |\n|---|{}", heads.join(" | "), "---|".repeat(numbers.len()));
    for (n, (title, _)) in columns[0].iter().enumerate() {
        let cells: Vec<String> = columns.iter().map(|it| format!("{:.2} s", it[n].1)).collect();
        println!("| {title} | {} |", cells.join(" | "));
    }
}

/// The median wall time of each run over a table with so many partitions.
fn measured(runtime: &Runtime, server: &EmbeddedServer, number: usize) -> Vec<(&'static str, f64)> {
    let directory = TempDir::new().unwrap();
    fs::create_dir(directory.path().join("schema")).unwrap();
    fs::write(directory.path().join("schema/events.toml"), files(number)).unwrap();
    let database = format!("test_partitions_{number}");
    runtime.block_on(async {
        let client = connect(&address(server, "postgres")).await;
        client.batch_execute(&format!("CREATE DATABASE {database}")).await.unwrap();
    });
    let connection = address(server, &database);
    let mut found: Vec<(&str, f64)> = RUNS
        .iter()
        .map(|(title, arguments)| {
            (*title, median(&|| own(directory.path(), &connection, arguments)))
        })
        .collect();
    let dump = || {
        let mut command = Command::new(postgres::pg_dump(server.major()));
        command.args(["--schema-only", "--dbname", &connection]);
        command
    };
    found.insert(0, ("pg_dump --schema-only, of all of them", median(&dump)));
    found
}

fn own(directory: &Path, connection: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pgconverge"));
    command
        .args(arguments)
        .args(["--database-url", connection])
        .current_dir(directory)
        .env("XDG_CACHE_HOME", directory.join("cache"));
    command
}

/// In seconds. What is done by the first of several runs, the others find done.
fn median(command: &dyn Fn() -> Command) -> f64 {
    let mut times: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let begin = Instant::now();
            let output = command().stdin(Stdio::null()).output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            begin.elapsed().as_secs_f64()
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[ROUNDS / 2]
}

/// A window of so many days, nearly all of them ahead: the most that a plan has to think of.
fn files(number: usize) -> String {
    format!(
        r#"
[table.events]
partition_by = "range (at)"
primary_key  = ["id", "at"]
index        = {{ events_kind_idx = ["kind"], events_note_idx = ["note"] }}
[table.events.column]
id   = {{ type = "bigint", serial = true }}
at   = {{ type = "date", not_null = true }}
kind = {{ type = "text", not_null = true }}
note = "text"
[table.events.partitions]
every = "1 day"
name  = "events_{{YYYY}}_{{MM}}_{{DD}}"
ahead = {}
"#,
        number - 1
    )
}
