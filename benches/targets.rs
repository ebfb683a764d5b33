//! What many databases on one server take:
//!
//! ```text
//! cargo bench --bench targets -- [DATABASES]
//! ```
//!
//! 200 when no number is given, of 20 tables each; two differ from the others.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a benchmark fails by panicking, and its output is what it is for"
)]

#[path = "../tests/support/server.rs"]
mod server;

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use pgconverge::server::embedded::EmbeddedServer;
use tokio::runtime::Runtime;
use tokio_postgres::Client;

const TABLES: usize = 20;

fn main() {
    let count = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(200);
    let runtime = Runtime::new().unwrap();
    let server = runtime.block_on(server::start());
    let project = tempfile::tempdir().unwrap();
    let project = project.path();
    write_files(project, "");
    let configuration = format!(
        "database_url = \"{}\"\n[targets]\nquery = \"SELECT datname FROM pg_database WHERE datname LIKE 'test\\\\_fleet\\\\_%' ORDER BY 1\"\n",
        server::address(&server, "postgres")
    );
    fs::write(project.join("pgconverge.toml"), configuration).unwrap();

    let client = runtime.block_on(server::connect(&server::address(&server, "postgres")));
    let create = |name: &str, more: &str| {
        runtime.block_on(client.batch_execute(&format!("CREATE DATABASE {name} {more}"))).unwrap();
    };
    create("test_model", "");
    let model = server::address(&server, "test_model");
    time("one database from nothing", project, &["apply", "--confirm", "--database-url", &model]);
    let begin = Instant::now();
    let strategy = if server.major() >= 15 { "STRATEGY file_copy" } else { "" };
    for n in 1..=count {
        create(&format!("test_fleet_{n:04}"), &format!("TEMPLATE test_model {strategy}"));
    }
    println!(
        "| CREATE DATABASE … TEMPLATE, {count} times | {:.1} s |",
        begin.elapsed().as_secs_f64()
    );
    change(&runtime, &server, "test_fleet_0002", "ALTER TABLE t1 ADD COLUMN extra text");
    change(&runtime, &server, "test_fleet_0003", "DROP INDEX t2_b_idx");
    time("plan, the state in the cache", project, &["plan"]);
    time("plan, the state made anew", project, &["plan", "--no-cache"]);
    time("drift, one at a time", project, &["drift", "--concurrency", "1"]);
    write_files(project, "note = \"text\"");
    let apply = ["apply", "--confirm", "--allow", "data-loss", "--canary", "3"];
    time("apply, a column for 20 tables in each", project, &apply);
    time("apply again", project, &apply);
    drop_all(&runtime, &client);
}

fn write_files(project: &Path, more: &str) {
    let mut text = String::new();
    for n in 1..=TABLES {
        writeln!(
            text,
            "[table.t{n}]\nprimary_key = [\"a\"]\n[table.t{n}.column]\na = \"bigint\"\nb = \"text\"\n{more}\n\
             [table.t{n}.index]\nt{n}_b_idx = {{ columns = [\"b\"] }}"
        )
        .unwrap();
    }
    fs::create_dir_all(project.join("schema")).unwrap();
    fs::write(project.join("schema/tables.toml"), text).unwrap();
}

fn change(runtime: &Runtime, server: &EmbeddedServer, database: &str, statement: &str) {
    runtime.block_on(async {
        let client = server::connect(&server::address(server, database)).await;
        client.batch_execute(statement).await.unwrap();
    });
}

fn time(what: &str, project: &Path, arguments: &[&str]) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pgconverge"));
    let begin = Instant::now();
    let ran = command
        .args(arguments)
        .current_dir(project)
        .env("XDG_CACHE_HOME", project.join("cache"))
        .env_remove("DATABASE_URL")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let took = begin.elapsed().as_secs_f64();
    let out = String::from_utf8_lossy(&ran.stdout);
    let last = out.lines().rfind(|line| line.ends_with('.') && !line.starts_with(' '));
    println!("| {what} | {took:.1} s | {} |", last.unwrap_or_default());
    assert!(matches!(ran.status.code(), Some(0 | 2)), "{}", String::from_utf8_lossy(&ran.stderr));
}

fn drop_all(runtime: &Runtime, client: &Client) {
    let names = "SELECT datname::text FROM pg_database WHERE starts_with(datname, 'test_')";
    for row in runtime.block_on(client.query(names, &[])).unwrap() {
        let drop = format!("DROP DATABASE {} WITH (FORCE)", row.get::<_, &str>(0));
        runtime.block_on(client.batch_execute(&drop)).unwrap();
    }
}
