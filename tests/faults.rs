//! What goes wrong in the middle: a killed process, a cut connection, a lock that does not come,
//! two at once. The next run converges, and no row is lost.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "in a test, a panic is how a failure is told, also in what tests share"
)]

use std::process::{Child, Stdio};

#[path = "support/postgres.rs"]
mod postgres;
#[path = "support/processes.rs"]
mod processes;
#[path = "support/project.rs"]
mod project;
#[path = "support/server.rs"]
mod server;
#[path = "support/until.rs"]
mod until;

use processes::{command_line, descendants, parent_of};
use project::{Database, Project, Ran, Session, assert_same};
use until::until;

/// Four tables with rows, which all change from [`BEFORE`] to [`AFTER`], and one that comes.
const BEFORE: &str = r#"
[table.a.column]
id = { type = "integer", not_null = true }
x  = "integer"
[table.b.column]
id = { type = "integer", not_null = true }
x  = "integer"
[table.c.column]
id = { type = "integer", not_null = true }
x  = "integer"
[table.d.column]
id = { type = "integer", not_null = true }
x  = "integer"
"#;

const AFTER: &str = r#"
[table.a]
primary_key = ["id"]
[table.a.column]
id   = { type = "integer", not_null = true }
x    = "bigint"
note = { type = "text", not_null = true, default = "'none'" }
[table.b]
primary_key = ["id"]
[table.b.column]
id   = { type = "integer", not_null = true }
x    = { type = "integer", default = "7" }
[table.b.foreign_key]
b_x_fkey = { columns = ["x"], references = "a (id)" }
[table.c.column]
id   = { type = "integer", not_null = true }
x    = "integer"
[table.c.check]
c_x_check = "x IN (1, 2, 3)"
[table.c.index]
c_x_idx = { columns = ["x DESC"], where = "x > 1" }
[table.d.column]
id   = { type = "integer", not_null = true }
x    = "text"
[table.d.trigger.d_stamp]
before   = ["update"]
for_each = "row"
execute  = "stamp()"
[table.e.column]
id   = { type = "integer", identity = "always" }
d_id = "integer"
[function.stamp]
returns  = "trigger"
language = "plpgsql"
body = "BEGIN RETURN NEW; END"
"#;

const TABLES: [&str; 4] = ["a", "b", "c", "d"];

/// A project that says [`AFTER`], and a database that is as [`BEFORE`] says, with rows.
fn scene() -> (Project, Database) {
    let project = Project::with(BEFORE);
    let database = Database::of(&project);
    for table in TABLES {
        database.execute(&format!("INSERT INTO {table} SELECT n, n FROM generate_series(1, 3) n"));
    }
    project.write("schema/schema.toml", AFTER);
    (project, database)
}

/// The next run makes the database equal the files, and every row is there.
#[track_caller]
fn assert_converges(project: &Project, database: &Database) {
    project.run_on(database, &["apply", "--confirm"]).succeeds();
    project.run_on(database, &["drift"]).finds_nothing();
    for table in TABLES {
        let rows = format!("SELECT string_agg(id || ' ' || x, ', ' ORDER BY id) FROM {table}");
        assert_eq!(database.ask(&rows), "1 1, 2 2, 3 3", "{table}");
    }
}

/// Another session that holds a table, and with it whoever wants to change the table.
fn hold(database: &Database, table: &str) -> Session {
    let session = database.connect();
    session.execute(&format!("BEGIN; LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE"));
    session
}

/// Starts `apply`, and returns once it waits for a lock: the step that does so is in the middle of
/// the plan's transaction.
fn apply_until_it_waits(project: &Project, database: &Database) -> Child {
    let mut command = project.command_on(database, &["apply", "--confirm"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    until("apply waits for a lock", || waiting(database) == 1);
    child
}

fn waiting(database: &Database) -> i64 {
    database.count(
        "SELECT count(*) FROM pg_stat_activity
         WHERE datname = current_database() AND wait_event_type = 'Lock'",
    )
}

/// Ends once nobody is at work on the database any more.
fn until_alone(database: &Database) {
    until("all other sessions have ended", || {
        database.count(
            "SELECT count(*) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid()",
        ) == 0
    });
}

#[test]
fn a_killed_apply_is_undone_and_the_next_one_converges() {
    let (project, database) = scene();
    let before = database.dump();
    for table in TABLES {
        let holder = hold(&database, table);
        let mut apply = apply_until_it_waits(&project, &database);
        apply.kill().unwrap();
        apply.wait().unwrap();
        drop(holder);
        until_alone(&database);
        assert_same(&before, &database.dump());
    }
    assert_converges(&project, &database);
}

#[test]
fn a_cut_connection_is_an_error_and_the_next_apply_converges() {
    let (project, database) = scene();
    let before = database.dump();
    for table in TABLES {
        let holder = hold(&database, table);
        let apply = apply_until_it_waits(&project, &database);
        database.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE datname = current_database() AND wait_event_type = 'Lock'",
        );
        Ran::end_of(apply).exits(1).says(&[
            "terminating connection due to administrator command",
            "nothing of the plan was kept",
        ]);
        drop(holder);
        until_alone(&database);
        assert_same(&before, &database.dump());
    }
    assert_converges(&project, &database);
}

#[test]
fn a_lock_that_does_not_come_is_an_error_and_the_next_apply_converges() {
    let (project, database) = scene();
    let before = database.dump();
    let holder = hold(&database, "c");
    let hasty = ["apply", "--confirm", "--lock-timeout", "700ms", "--lock-wait", "1s"];
    project.run_on(&database, &hasty).exits(1).says(&[
        "SQLSTATE 55P03",
        "somebody else holds a lock",
        "idle in transaction",
        "LOCK TABLE c IN ACCESS EXCLUSIVE MODE",
        "nothing of the plan was kept",
    ]);
    drop(holder);
    until_alone(&database);
    assert_same(&before, &database.dump());
    assert_converges(&project, &database);
}

#[test]
fn a_lock_that_comes_late_is_asked_for_again_and_nobody_waits_meanwhile() {
    let (project, database) = scene();
    let holder = hold(&database, "c");
    let patient = ["apply", "--confirm", "--lock-timeout", "700ms", "--lock-wait", "10m"];
    let mut command = project.command_on(&database, &patient);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    until("apply waits for a lock", || waiting(&database) == 1);
    // `a` was changed in the transaction that waits: between two attempts it is free.
    let reader = database.connect();
    reader.execute("SELECT FROM a");
    until("apply waits once more", || waiting(&database) == 1);
    drop(holder);
    Ran::end_of(child).succeeds().says(&[
        "waits for process",
        "LOCK TABLE c IN ACCESS EXCLUSIVE MODE",
        "tried again in",
        "the database equals the files.",
    ]);
    assert_converges(&project, &database);
}

#[test]
fn a_deadlock_is_tried_again_and_the_other_goes_on() {
    let (project, database) = scene();
    let holder = hold(&database, "c");
    holder.execute("SET LOCAL deadlock_timeout = '1h'");
    let patient = ["apply", "--confirm", "--lock-timeout", "60s", "--lock-wait", "10m"];
    let mut command = project.command_on(&database, &patient);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    until("apply waits for a lock", || waiting(&database) == 1);
    // `a` was changed in the transaction that waits.
    holder.execute("SELECT FROM a");
    drop(holder);
    Ran::end_of(child).succeeds().says(&["tried again in", "the database equals the files."]);
    assert_converges(&project, &database);
}

#[test]
fn of_two_applies_at_once_one_says_that_another_is_at_work() {
    let (project, database) = scene();
    let holder = hold(&database, "b");
    let first = apply_until_it_waits(&project, &database);
    // Whoever only looks is not in the way, and sees what was there before.
    project.run_on(&database, &["drift"]).exits(2);
    project
        .run_on(&database, &["apply", "--confirm"])
        .exits(1)
        .says(&["another pgconverge is at work on this database: process"]);
    drop(holder);
    Ran::end_of(first).succeeds().says(&["the database equals the files."]);
    assert_converges(&project, &database);
}

#[test]
fn a_step_that_the_rows_refuse_undoes_all() {
    let (project, database) = scene();
    let before = database.dump();
    database.execute("INSERT INTO c VALUES (4, 4)");
    let unasked = ["apply", "--confirm", "--no-preflight"];
    project.run_on(&database, &unasked).exits(1).says(&[
        "SQLSTATE 23514",
        "c_x_check",
        "nothing of the plan was kept",
    ]);
    assert_same(&before, &database.dump());
    database.execute("DELETE FROM c WHERE id = 4");
    assert_converges(&project, &database);
}

#[test]
fn a_killed_development_server_comes_back_with_its_rows() {
    let project = Project::with(BEFORE);
    project.run(&["apply", "--confirm"]).succeeds();
    let mut server = project.command(&["dev"]).stdout(Stdio::piped()).spawn().unwrap();
    let address = first_line(&mut server);
    let database = Database::at(&address);
    for table in TABLES {
        database.execute(&format!("INSERT INTO {table} SELECT n, n FROM generate_series(1, 3) n"));
    }
    project.write("schema/schema.toml", AFTER);

    let holder = hold(&database, "c");
    let mut command = project.command(&["apply", "--confirm", "--as-of", project::DAY]);
    let apply = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    until("apply waits for a lock", || waiting(&database) == 1);
    let processes = descendants(server.id());
    server.kill().unwrap();
    server.wait().unwrap();
    Ran::end_of(apply).exits(1).says(&["nothing of the plan was kept"]);
    until_gone(&processes);
    drop(holder);

    let mut server = project.command(&["dev"]).stdout(Stdio::piped()).spawn().unwrap();
    let address = first_line(&mut server);
    let database = Database::at(&address);
    assert_converges(&project, &database);
    let processes = descendants(server.id());
    server.kill().unwrap();
    server.wait().unwrap();
    until_gone(&processes);
    project.run(&["drift"]).finds_nothing();
}

#[test]
fn an_embedded_shadow_is_gone_after_its_process_was_killed() {
    let project = Project::with(SLOW_IN_THE_SHADOW);
    let database = Database::new();
    let mut command = project.command_on(&database, &["plan"]);
    let mut plan = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let mut processes = Vec::new();
    until("the shadow is at work", || {
        processes = descendants(plan.id());
        processes.iter().any(|process| command_line(*process).contains("pgconverge_shadow_"))
    });
    plan.kill().unwrap();
    plan.wait().unwrap();
    until_gone(&processes);
    // What it left behind is in nobody's way.
    project.write("schema/schema.toml", BEFORE);
    project.apply_to(&database);
    project.run_on(&database, &["drift"]).finds_nothing();
}

#[test]
fn a_shadow_database_on_a_server_is_gone_after_the_run_and_after_the_next_one() {
    let project = Project::with(BEFORE);
    let database = Database::new();
    // On the shadow server itself, not on the one of the database: a server may have several.
    let other = Database::new();
    let shadow = ["--shadow-url", &other.address];
    let shadows = || {
        other.ask(
            "SELECT string_agg(datname, ' ') FROM pg_database
             WHERE starts_with(datname, 'pgconverge_shadow_')",
        )
    };
    project.run_on(&database, &[&["apply", "--confirm"][..], &shadow].concat()).succeeds();
    assert_eq!(shadows(), "");

    // Killed while it works in its shadow.
    project.write("schema/schema.toml", SLOW_IN_THE_SHADOW);
    let mut command = project.command_on(&database, &[&["plan"][..], &shadow].concat());
    let mut plan = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    until("the shadow is at work", || {
        other.count(
            "SELECT count(*) FROM pg_stat_activity
             WHERE starts_with(datname, 'pgconverge_shadow_') AND wait_event = 'PgSleep'",
        ) == 1
    });
    let name = shadows();
    assert_ne!(name, "");
    // Another run leaves it alone for as long as its owner lives.
    project.write("schema/schema.toml", AFTER);
    project.run_on(&database, &[&["plan"][..], &shadow].concat()).succeeds();
    assert_eq!(shadows(), name);
    plan.kill().unwrap();
    plan.wait().unwrap();
    until("the killed run's session has ended", || {
        other.count(
            "SELECT count(*) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid()",
        ) == 0
    });
    // The next one finds it ownerless.
    project.edit("schema/schema.toml", "'none'", "'nothing'");
    project.run_on(&database, &[&["plan"][..], &shadow].concat()).succeeds();
    assert_eq!(shadows(), "");

    // What PostgreSQL refuses leaves nothing either.
    project.edit("schema/schema.toml", "x IN (1, 2, 3)", "y IN (1, 2, 3)");
    project
        .run_on(&database, &[&["plan"][..], &shadow].concat())
        .exits(1)
        .says(&["column \"y\" does not exist"]);
    assert_eq!(shadows(), "");
}

/// PostgreSQL computes a bound when it makes the partition, and this one takes its time.
const SLOW_IN_THE_SHADOW: &str = r#"
[table.p]
partition_by = "list (n)"
[table.p.column]
n = "integer"
[table.p.partition.p_0]
values = "IN (length(pg_sleep(100000)::text))"
"#;

fn first_line(process: &mut Child) -> String {
    use std::io::{BufRead, BufReader};
    let mut line = String::new();
    BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
    line.trim().to_owned()
}

#[track_caller]
fn until_gone(processes: &[u32]) {
    assert!(!processes.is_empty());
    until("what the program had started has ended", || {
        processes.iter().all(|process| parent_of(*process).is_none())
    });
}
