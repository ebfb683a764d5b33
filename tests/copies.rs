//! Tables that become partitioned, and partitions that are split and put together, while others write: no row is
//! lost and none comes back, whatever happens in between.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "in a test, a panic is how a failure is told, also in what tests share"
)]

use std::process::{Child, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

#[path = "support/postgres.rs"]
mod postgres;
#[path = "support/project.rs"]
mod project;
#[path = "support/server.rs"]
mod server;
#[path = "support/until.rs"]
mod until;

use project::{Database, Project, Ran, Session};
use until::until;

const BEFORE: &str = r#"
[table.t]
primary_key = ["id"]
[table.t.column]
id = { type = "bigint", serial = true }
k  = { type = "integer", not_null = true }
v  = { type = "text", default = "''" }
"#;

const AFTER: &str = r#"
[table.t]
partition_by = "range (k)"
primary_key  = ["id", "k"]
index        = { t_v_idx = ["v"] }
[table.t.column]
id = { type = "bigint", serial = true }
k  = { type = "integer", not_null = true }
v  = { type = "text", default = "''" }
[table.t.partition]
t_1 = "FROM (0) TO (100)"
t_2 = "FROM (100) TO (1000)"
"#;

/// Partitions with rows for each other: one that goes, one that gives some, the default one; and what refers to
/// rows of all of them.
const FAMILY: &str = r#"
[table.t]
partition_by = "range (k)"
primary_key  = ["id", "k"]
index        = { t_v_idx = ["v"] }
[table.t.column]
id = { type = "bigint", serial = true }
k  = { type = "integer", not_null = true }
v  = { type = "text", default = "''" }
[table.refers]
index = { refers_t_idx = ["t_id", "t_k"] }
[table.refers.column]
t_id = "bigint"
t_k  = "integer"
[table.refers.foreign_key]
refers_t_fkey = { columns = ["t_id", "t_k"], references = "t (id, k)", on_update = "cascade", on_delete = "cascade" }
[table.t.partition]
"#;

const TOGETHER: &str = r#"
t_1    = "FROM (0) TO (100)"
t_2    = "FROM (100) TO (200)"
t_rest = "DEFAULT"
"#;

const APART: &str = r#"
t_a    = "FROM (0) TO (50)"
t_b    = "FROM (50) TO (100)"
t_2    = "FROM (100) TO (150)"
t_3    = "FROM (150) TO (200)"
t_4    = "FROM (200) TO (250)"
t_rest = "DEFAULT"
"#;

const APPLY: [&str; 6] = ["apply", "--confirm", "--allow", "copy", "--online-from", "0"];

/// What has to be in the table, written in the same transactions.
const LEDGER: &str = "
CREATE SCHEMA ledger;
INSERT INTO t (k, v) SELECT n % 300, 'row ' || n FROM generate_series(1, 12000) n;
INSERT INTO t VALUES (50000, 1, 'the one that is held');
CREATE TABLE ledger.t AS SELECT * FROM t;
ALTER TABLE ledger.t ADD PRIMARY KEY (id)";

const DIFFERENCE: &str = "
SELECT count(*) FROM (
  (SELECT id, k, v FROM t EXCEPT ALL SELECT id, k, v FROM ledger.t)
  UNION ALL (SELECT id, k, v FROM ledger.t EXCEPT ALL SELECT id, k, v FROM t)
) it";

fn scene() -> (Project, Database) {
    scene_of(BEFORE, AFTER)
}

/// Rows are in all partitions, and referred to.
fn family_scene() -> (Project, Database) {
    let (project, database) = scene_of(&format!("{FAMILY}{TOGETHER}"), &format!("{FAMILY}{APART}"));
    database.execute("INSERT INTO refers SELECT id, k FROM t WHERE id % 2 = 0");
    (project, database)
}

fn scene_of(before: &str, after: &str) -> (Project, Database) {
    let project = Project::with(before);
    let database = Database::of(&project);
    database.execute(LEDGER);
    project.write("schema/schema.toml", after);
    (project, database)
}

/// Sessions that insert, change, move and delete rows, and write it down.
struct Writers {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<u64>>,
}

impl Writers {
    fn start(database: &Database) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let start = |writer| {
            let (session, stop) = (database.connect(), Arc::clone(&stop));
            thread::spawn(move || {
                let mut round = 0;
                while !stop.load(Ordering::Relaxed) {
                    session.execute(&changes(writer, round));
                    round += 1;
                }
                round
            })
        };
        let threads = vec![start(0), start(1)];
        Self { stop, threads }
    }

    /// How many transactions they have done.
    fn end(self) -> u64 {
        self.stop.store(true, Ordering::Relaxed);
        self.threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    }
}

/// Each writer has rows of its own, so that none waits for the other.
fn changes(writer: u64, round: u64) -> String {
    let id = |n: u64| 1 + 2 * ((round * 7 + n * 1301) % 6000) + writer;
    let (new, changed, moved, gone) = (100_000 + round * 2 + writer, id(0), id(1), id(2));
    let each = |table: &str| {
        format!(
            "INSERT INTO {table} VALUES ({new}, {new} % 300, 'new');
             UPDATE {table} SET v = 'changed in {round}' WHERE id = {changed};
             UPDATE {table} SET k = (k + 77) % 300 WHERE id = {moved};
             DELETE FROM {table} WHERE id = {gone};"
        )
    };
    format!("BEGIN; {} {} COMMIT", each("public.t"), each("ledger.t"))
}

/// An `apply` that waits in the middle of the rows: for one that `Session` holds.
fn apply_until_it_waits(project: &Project, database: &Database) -> (Child, Session) {
    let holder = database.connect();
    holder.execute("BEGIN; SELECT FROM t WHERE id = 50000 AND k = 1 FOR UPDATE");
    let held_by: i32 = holder.ask("SELECT pg_backend_pid()")[0].get(0);
    // It may wait for a writer before that.
    let waits = format!(
        "SELECT count(*) FROM pg_stat_activity
         WHERE datname = current_database() AND {held_by} = ANY (pg_blocking_pids(pid))
           AND query LIKE 'DO %'"
    );
    let mut command = project.command_on(database, &APPLY);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    until("apply waits for the row", || {
        assert!(child.try_wait().unwrap().is_none(), "apply did not wait");
        database.count(&waits) == 1
    });
    (child, holder)
}

/// Ends the process and its session, which would go on by itself until somebody told it.
fn kill((mut apply, holder): (Child, Session), database: &Database) {
    apply.kill().unwrap();
    apply.wait().unwrap();
    let its = "FROM pg_stat_activity WHERE query LIKE 'DO %' AND datname = current_database()";
    database.execute(&format!("SELECT pg_terminate_backend(pid) {its}"));
    until("its session has ended", || database.count(&format!("SELECT count(*) {its}")) == 0);
    drop(holder);
}

/// Where the copy of a run that was cut off is.
fn begun(database: &Database) -> String {
    database
        .ask("SELECT string_agg(nspname, ' ') FROM pg_namespace WHERE nspname LIKE 'pgconverge%'")
}

#[track_caller]
fn assert_converges(project: &Project, database: &Database) {
    project.run_on(database, &APPLY).succeeds();
    assert_whole(project, database);
}

#[track_caller]
fn assert_whole(project: &Project, database: &Database) {
    project.run_on(database, &["drift"]).succeeds().prints(&["the database equals the files"]);
    assert_eq!(database.count(DIFFERENCE), 0);
    assert_eq!(begun(database), "");
    assert_eq!(database.count("SELECT count(*) FROM pg_proc WHERE proname LIKE 'pgconverge%'"), 0);
}

#[test]
fn nobody_notices() {
    let (project, database) = scene();
    let writers = Writers::start(&database);
    let ran = project.run_on(&database, &APPLY);
    let transactions = writers.end();
    ran.succeeds();
    assert!(transactions > 0);
    assert_whole(&project, &database);
    // The sequence goes on where it was.
    assert_eq!(database.ask("INSERT INTO t (k) VALUES (1) RETURNING id::text"), "12001");
}

#[test]
fn a_killed_copy_is_gone_on_with() {
    let (project, database) = scene();
    let writers = Writers::start(&database);
    kill(apply_until_it_waits(&project, &database), &database);
    let schema = begun(&database);
    let copied = format!("SELECT id FROM {schema}.pgconverge_copied");
    assert!((1..50000).contains(&database.count(&copied)));
    // Others went on meanwhile, and the copy with them. What is done is not done again.
    project.run_on(&database, &["plan", "--online-from", "0"]).succeeds().prints(&["DO $$"]);
    let plan = project
        .run_on(&database, &["plan", "--online-from", "0", "--format", "sql", "--allow", "copy"]);
    let plan = plan.succeeds();
    assert!(!plan.out.contains("CREATE TABLE"), "{}", plan.out);
    project.run_on(&database, &APPLY).succeeds();
    writers.end();
    assert_whole(&project, &database);
}

#[test]
fn a_change_that_the_new_table_refuses_fails_the_run_and_nobody_else() {
    let (project, database) = scene();
    let (apply, holder) = apply_until_it_waits(&project, &database);
    // There is no partition for it.
    let row = "(500000, 5000, 'nowhere')";
    database.execute(&format!("INSERT INTO t VALUES {row}; INSERT INTO ledger.t VALUES {row}"));
    drop(holder);
    Ran::end_of(apply).exits(1).says(&["no partition of relation", "SQLSTATE 23"]);
    assert_eq!(database.count("SELECT count(*) FROM t"), 12002);
    database.execute("DELETE FROM t WHERE id = 500000; DELETE FROM ledger.t WHERE id = 500000");
    assert_converges(&project, &database);
}

#[test]
fn a_copy_that_nobody_wants_any_more_goes() {
    let (project, database) = scene();
    kill(apply_until_it_waits(&project, &database), &database);
    project.write("schema/schema.toml", BEFORE);
    project.run_on(&database, &["drift"]).exits(2);
    project.run_on(&database, &["apply", "--confirm"]).succeeds();
    assert_whole(&project, &database);
    // Another copy is another one.
    project.write("schema/schema.toml", AFTER);
    kill(apply_until_it_waits(&project, &database), &database);
    project.edit(
        "schema/schema.toml",
        "t_1 = \"FROM (0) TO (100)\"",
        "t_1 = \"FROM (-1) TO (100)\"",
    );
    assert_converges(&project, &database);
}

/// A key with another type, a column that becomes a number, and a value that is computed: each would write the
/// table anew.
const RETYPED: &str = r#"
[table.t]
primary_key = ["id"]
[table.t.column]
id = { type = "bigint", serial = true }
k  = { type = "bigint", not_null = true }
v  = { type = "varchar(100)", default = "''" }
w  = { type = "text", generated = "v || k::text" }
"#;

#[test]
fn a_table_that_would_be_written_anew_is_copied_with_leave() {
    let (project, database) = scene();
    project.write("schema/schema.toml", RETYPED);
    let plan = ["plan", "--online-from", "0"];
    project
        .run_on(&database, &plan)
        .succeeds()
        .prints(&["ALTER COLUMN k TYPE bigint", "with `--allow copy` its rows are copied"]);
    let copied = project.run_on(&database, &["plan", "--online-from", "0", "--allow", "copy"]);
    let copied = copied
        .succeeds()
        .prints(&["copied, because in place values of another type would be written at once"]);
    assert!(!copied.out.contains("TYPE bigint"), "{}", copied.out);
    let writers = Writers::start(&database);
    kill(apply_until_it_waits(&project, &database), &database);
    project.run_on(&database, &APPLY).succeeds();
    assert!(writers.end() > 0);
    assert_whole(&project, &database);
    assert_eq!(database.count("SELECT count(*) FROM t WHERE w IS DISTINCT FROM v || k"), 0);
}

/// That what refers to the rows does so still.
#[track_caller]
fn assert_referred(database: &Database) {
    let dangling =
        "SELECT count(*) FROM refers WHERE NOT EXISTS (SELECT FROM t WHERE (id, k) = (t_id, t_k))";
    assert_eq!(database.count(dangling), 0);
    let gone = "SELECT count(*) FILTER (WHERE id % 2 = 0 AND id < 100000) - (SELECT count(*) FROM refers) FROM ledger.t";
    assert_eq!(database.count(gone), 0);
    let valid =
        "SELECT count(*) FROM pg_constraint WHERE conname = 'refers_t_fkey' AND convalidated";
    assert_eq!(database.count(valid), 1);
}

#[test]
fn nobody_notices_that_partitions_share_out_their_rows() {
    let (project, database) = family_scene();
    let writers = Writers::start(&database);
    let ran = project.run_on(&database, &APPLY);
    let transactions = writers.end();
    ran.succeeds();
    assert!(transactions > 0);
    assert_whole(&project, &database);
    assert_referred(&database);
    // And back, but for a partition whose rows no other takes.
    let gone = ["t", "ledger.t"].map(|it| format!("DELETE FROM {it} WHERE k BETWEEN 200 AND 249"));
    database.execute(&gone.join("; "));
    project.write("schema/schema.toml", &format!("{FAMILY}{TOGETHER}"));
    let back = ["apply", "--confirm", "--allow", "all", "--online-from", "0"];
    project.run_on(&database, &back).succeeds();
    assert_whole(&project, &database);
    assert_referred(&database);
}

#[test]
fn partitions_go_on_sharing_out_their_rows_after_a_kill() {
    let (project, database) = family_scene();
    let writers = Writers::start(&database);
    kill(apply_until_it_waits(&project, &database), &database);
    let schema = begun(&database);
    assert!(schema.starts_with("pgconverge_copy_"), "{schema}");
    let plan = project
        .run_on(&database, &["plan", "--online-from", "0", "--format", "sql", "--allow", "copy"]);
    let plan = plan.succeeds();
    assert!(!plan.out.contains("CREATE TABLE"), "{}", plan.out);
    assert_converges(&project, &database);
    writers.end();
    assert_whole(&project, &database);
    assert_referred(&database);
}

#[test]
fn all_rows_of_one_partition_go_while_they_are_shared_out() {
    let (project, database) = family_scene();
    let (apply, holder) = apply_until_it_waits(&project, &database);
    database.execute(
        "DELETE FROM refers; TRUNCATE t_2, refers; DELETE FROM ledger.t WHERE k BETWEEN 100 AND 199",
    );
    drop(holder);
    Ran::end_of(apply).succeeds();
    assert_whole(&project, &database);
    assert_eq!(database.count("SELECT count(*) FROM t WHERE k BETWEEN 100 AND 199"), 0);
}

/// A table that is partitioned by the values of an enum.
fn by_kind(data_type: &str, enums: &str) -> String {
    format!(
        "[enum]\n{enums}\n[table.t]\npartition_by = \"list (kind)\"\nprimary_key = [\"id\", \"kind\"]\n\
         [table.t.column]\nid = \"bigint\"\nkind = {{ type = \"{data_type}\", not_null = true }}\n\
         [table.t.partition]\nt_a = \"IN ('a')\"\nt_b = \"IN ('b')\"\n"
    )
}

#[test]
fn an_enum_in_a_partition_key_stays_and_another_takes_its_place_by_a_copy() {
    let project = Project::with(&by_kind("status", "status = [\"a\", \"b\", \"c\"]"));
    let database = Database::of(&project);
    database.execute("INSERT INTO t SELECT n, 'a' FROM generate_series(1, 10) n");
    project.write("schema/schema.toml", &by_kind("status", "status = [\"a\", \"b\"]"));
    let refused = project.run_on(&database, &["plan", "--allow", "copy", "--allow", "data-loss"]);
    refused.exits(1).says(&["cannot_step_over", "it is in the partition key", "another name"]);
    project.write("schema/schema.toml", &by_kind("state", "state = [\"a\", \"b\"]"));
    for online in [&["--online-from", "0"][..], &[]] {
        let arguments = [&["plan", "--allow", "copy"][..], online].concat();
        project.run_on(&database, &arguments).succeeds().prints(&["CREATE TYPE public.state"]);
    }
    project.run_on(&database, &APPLY).succeeds();
    database.execute("DO $$ BEGIN ASSERT (SELECT count(*) = 10 FROM t WHERE kind = 'a'); END $$");
    project.run_on(&database, &["plan"]).finds_nothing();
}

#[test]
fn what_is_new_is_there_before_the_copy_that_needs_it() {
    let of = |data_type: &str, more: &str| {
        format!(
            "{more}[table.t]\nprimary_key = [\"id\"]\n[table.t.column]\nid = \"bigint\"\nv = \"{data_type}\"\n"
        )
    };
    let project = Project::with(&of("text", ""));
    let database = Database::of(&project);
    database.execute("INSERT INTO t SELECT n, 'a' FROM generate_series(1, 100000) n; ANALYZE");
    project.write("schema/schema.toml", &of("status", "[enum]\nstatus = [\"a\", \"b\"]\n"));
    project.run_on(&database, &APPLY).succeeds().prints(&["CREATE TYPE public.status"]);
    project.run_on(&database, &["plan"]).finds_nothing();
}
