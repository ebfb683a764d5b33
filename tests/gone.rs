//! A process that is killed while the server works for it outside a transaction: the server hears of it by itself,
//! however long the statement would go on, and the next run converges.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "in a test, a panic is how a failure is told, also in what tests share"
)]

use std::process::Stdio;

#[path = "support/postgres.rs"]
mod postgres;
#[path = "support/project.rs"]
mod project;
#[path = "support/server.rs"]
mod server;
#[path = "support/until.rs"]
mod until;

use project::{Database, Project};
use until::until;

const COLUMNS: &str = r#"
[table.t.column]
id = { type = "integer", not_null = true }
k  = "integer"
"#;

const WINDOW: &str = r#"
[table.t]
partition_by = "range (id)"
[table.t.partitions]
every   = "1 month"
name    = "t_{YYYY}_{MM}"
ahead   = 1
start   = "2025-01-01"
expired = "detach"
[table.t.column]
id = { type = "date", not_null = true }
k  = "integer"
"#;

/// So many that to fill them takes a while.
const SEED: &str = "INSERT INTO t SELECT n, n % 10 FROM generate_series(1, 60000) n; ANALYZE t";

/// What is before and what is to be, and with which statement the process dies.
struct Scene {
    before: String,
    after: String,
    /// How the statement begins.
    statement: &'static str,
    /// What another transaction does, for which the statement has to wait.
    held: &'static str,
}

const WRITTEN: &str = "LOCK TABLE t IN ROW EXCLUSIVE MODE";

#[test]
fn an_index_that_is_built() {
    holds(&Scene {
        before: COLUMNS.to_owned(),
        after: format!("[table.t.index]\nt_k_idx = [\"k\"]\n{COLUMNS}"),
        statement: "CREATE INDEX CONCURRENTLY",
        held: WRITTEN,
    });
}

#[test]
fn the_index_of_a_key_that_is_built() {
    holds(&Scene {
        before: COLUMNS.to_owned(),
        after: format!("[table.t]\nprimary_key = [\"id\"]\n{COLUMNS}"),
        statement: "CREATE UNIQUE INDEX CONCURRENTLY",
        held: WRITTEN,
    });
}

#[test]
fn an_index_that_is_dropped() {
    holds(&Scene {
        before: format!("[table.t.index]\nt_k_idx = [\"k\"]\n{COLUMNS}"),
        after: COLUMNS.to_owned(),
        statement: "DROP INDEX CONCURRENTLY",
        held: WRITTEN,
    });
}

#[test]
fn a_column_that_is_filled() {
    holds(&Scene {
        before: COLUMNS.to_owned(),
        after: format!(
            "{COLUMNS}at = {{ type = \"timestamptz\", not_null = true, default = \"clock_timestamp()\" }}"
        ),
        statement: "DO ",
        // The column comes first, for which nobody may have the table.
        held: "SELECT",
    });
}

#[test]
fn a_partition_that_is_detached() {
    let project = Project::with(WINDOW);
    let database = Database::of(&project);
    database.execute("INSERT INTO t SELECT '2025-01-02', n FROM generate_series(1, 100) n");
    project.edit("schema/schema.toml", "start   =", "keep    = \"1 month\"\nstart   =");
    let apply = ["apply", "--confirm", "--online-from", "0"];
    let statement = "ALTER TABLE public.t DETACH PARTITION";
    killed(&project, &database, &apply, statement, "SELECT FROM t");
    project.run_on(&database, &apply).succeeds();
    project.run_on(&database, &["drift"]).finds_nothing();
    assert_eq!(database.count("SELECT sum(k) FROM t_2025_01"), 5050);
    assert_eq!(database.count("SELECT count(*) FROM t"), 0);
}

/// After the process was killed within the statement, the next run gets where it was to, with all rows and nothing
/// besides.
#[track_caller]
fn holds(scene: &Scene) {
    const APPLY: [&str; 6] = ["apply", "--confirm", "--online-from", "0", "--allow", "data-loss"];
    let project = Project::with(&scene.before);
    let database = Database::of(&project);
    database.execute(SEED);
    project.write("schema/schema.toml", &scene.after);

    killed(&project, &database, &APPLY, scene.statement, scene.held);
    project.run_on(&database, &APPLY).succeeds();
    project.run_on(&database, &["drift"]).finds_nothing();
    assert_eq!(
        database.ask("SELECT count(*) || ' ' || sum(id) || ' ' || sum(k) FROM t"),
        "60000 1800030000 270000"
    );
    database.assert_equals(&Database::of(&project));
}

/// Runs `arguments` until the statement does, for which it has to wait, and kills it there. Returns when its
/// session has ended although what it waits for has not.
fn killed(project: &Project, database: &Database, arguments: &[&str], statement: &str, held: &str) {
    let holder = database.connect();
    holder.execute(&format!("BEGIN ISOLATION LEVEL REPEATABLE READ; {held}"));
    let mut command = project.command_on(database, arguments);
    let mut apply = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let of_it = format!(
        "SELECT count(*) FROM pg_stat_activity
         WHERE datname = current_database() AND state = 'active' AND wait_event IS NOT NULL
           AND starts_with(query, '{statement}')"
    );
    until("the statement runs", || database.count(&of_it) == 1);
    apply.kill().unwrap();
    apply.wait().unwrap();
    // One session asks, the other one holds.
    let others = "SELECT count(*) FROM pg_stat_activity
                  WHERE datname = current_database() AND pid <> pg_backend_pid()";
    until("the server has noticed", || database.count(others) == 1);
    drop(holder);
}
