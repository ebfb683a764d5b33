//! Servers that are not what they seem: a standby, and a proxy between.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    dead_code,
    reason = "in a test, a panic is how a failure is told, also in what tests share"
)]

#[path = "support/postgres.rs"]
mod postgres;
#[path = "support/project.rs"]
mod project;
#[path = "support/server.rs"]
mod server;
#[path = "support/tls_server.rs"]
mod tls_server;
#[path = "support/until.rs"]
mod until;

use project::{DAY, Database, Project, Ran};
use tls_server::{Server, Setup};
use until::until;

/// A server of its own, since the one that tests share is nobody's primary.
fn primary() -> Server {
    let admission = "local all all trust\nhost all all 127.0.0.1/32 trust\nhost replication all 127.0.0.1/32 trust\n";
    Server::start(&Setup { admission, ..Setup::default() })
}

fn address(server: &Server) -> String {
    format!("host=127.0.0.1 port={} user=postgres dbname=postgres", server.port)
}

fn run(project: &Project, server: &Server, arguments: &[&str]) -> Ran {
    let address = address(server);
    let more = ["--as-of", DAY, "--database-url", &address];
    Ran::of(&mut project.command(&[arguments, &more].concat()))
}

const SCHEMA: &str = "[table.t.column]\na = \"integer\"\n";

#[test]
fn a_standby_is_looked_at_and_not_changed() {
    let project = Project::with(SCHEMA);
    let primary = primary();
    run(&project, &primary, &["apply", "--confirm"]).succeeds();
    let standby = primary.standby(&postgres::pg_basebackup(14));
    let replica = Database::at(&address(&standby));
    assert_eq!(replica.ask("SELECT pg_is_in_recovery()::text"), "true");
    run(&project, &standby, &["drift"]).finds_nothing();
    project.edit("schema/schema.toml", "integer", "bigint");
    run(&project, &standby, &["plan"]).succeeds();
    run(&project, &standby, &["apply", "--confirm"]).exits(1).says(&[
        "pgconverge::preflight::standby",
        "the server is a standby, which takes no changes",
        "name its primary",
    ]);
    // What is done on the primary comes there.
    run(&project, &primary, &["apply", "--confirm"]).succeeds();
    let there = "SELECT format_type(atttypid, NULL) FROM pg_attribute WHERE attrelid = 't'::regclass AND attname = 'a'";
    until("the standby has caught up", || replica.ask(there) == "bigint");
    run(&project, &standby, &["drift"]).finds_nothing();
}

#[test]
fn a_pool_of_transactions_is_no_way_for_a_run() {
    let project = Project::with(SCHEMA);
    let primary = primary();
    let own = Database::at(&address(&primary));
    for mode in ["transaction", "statement"] {
        let pool = primary.pool(mode);
        run(&project, &pool, &["apply", "--confirm"]).exits(1).says(&[
            "pgconverge::preflight::pooled",
            "shares sessions between transactions",
            "connect to the server itself",
        ]);
        assert_eq!(own.ask("SELECT to_regclass('t')::text"), "");
        // No session of the pool was left with the lock of a run.
        assert_eq!(own.count("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"), 0);
    }
    let pool = primary.pool("session");
    run(&project, &pool, &["apply", "--confirm"]).succeeds();
    run(&project, &primary, &["drift"]).finds_nothing();
}
