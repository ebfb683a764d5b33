//! What others do to a table at the worst moment of its copy: their changes are all there afterwards, and nobody waits
//! for more than a batch.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "in a test, a panic is how a failure is told, also in what tests share"
)]

use std::process::{Child, Stdio};

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

const APPLY: [&str; 8] =
    ["apply", "--confirm", "--online-from", "0", "--rest", "0", "--allow", "copy"];

const BEFORE: &str = r#"
[table.t]
primary_key = ["id"]
[table.t.column]
id  = "integer"
n   = "integer"
cnt = { type = "integer", not_null = true, default = "0" }
began = "integer"
"#;

fn after() -> String {
    BEFORE.replace("n   = \"integer\"", "n   = \"bigint\"")
}

/// A table of 20,000 rows that is to be written anew, as `before` with `seed` beside.
fn scene(before: &str, after: &str, seed: &str) -> (Project, Database) {
    let project = Project::with(before);
    let database = Database::of(&project);
    database.execute(&format!(
        "INSERT INTO t (id, n) SELECT i, i FROM generate_series(1, 20000) i; {seed}"
    ));
    project.write("schema/schema.toml", after);
    (project, database)
}

fn start(project: &Project, database: &Database) -> Child {
    let mut command = project.command_on(database, &APPLY);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Somebody who has what `sql` takes, for whom a statement of the run that begins so waits.
fn hold(database: &Database, sql: &str) -> Session {
    let session = database.connect();
    session.execute(&format!("BEGIN; {sql}"));
    session
}

fn until_waits(database: &Database, statement: &str) {
    let waiting = format!(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
         AND wait_event_type = 'Lock' AND starts_with(query, '{statement}')"
    );
    until("the run waits", || database.count(&waiting) == 1);
}

#[track_caller]
fn assert_converged(project: &Project, database: &Database) {
    project.run_on(database, &["drift"]).finds_nothing();
    assert_eq!(
        database.count("SELECT count(*) FROM pg_namespace WHERE nspname ~ '^pgconverge'"),
        0
    );
}

#[test]
fn a_row_that_is_waited_for_keeps_nobody_from_others_and_keys_may_change() {
    let (project, database) = scene(BEFORE, &after(), "");
    let holder = hold(&database, "SELECT FROM t WHERE id = 1 FOR UPDATE");
    let apply = start(&project, &database);
    until_waits(&database, "DO ");
    database.execute(
        "SET lock_timeout = '1s'; UPDATE t SET id = 1000000 WHERE id = 3;
         UPDATE t SET id = 2000000 WHERE id = 15000; UPDATE t SET n = -1 WHERE id = 5;
         DELETE FROM t WHERE id = 7; INSERT INTO t (id, n) VALUES (-7, 7)",
    );
    holder.execute("UPDATE t SET id = 3000000 WHERE id = 1; COMMIT");
    Ran::end_of(apply).succeeds();
    assert_converged(&project, &database);
    assert_eq!(
        database.ask("SELECT count(*) || ' ' || sum(id) || ' ' || sum(n) FROM t"),
        "20000 205994982 200009994"
    );
}

#[test]
fn what_other_triggers_do_to_the_row_and_its_neighbours_counts() {
    let touch = r#"
[table.t.trigger.a_touch]
after    = ["update"]
update_of = ["n"]
for_each = "row"
execute  = "touch()"
[function.touch]
returns  = "trigger"
language = "plpgsql"
body     = "BEGIN UPDATE t SET cnt = cnt + 1 WHERE id BETWEEN NEW.id AND NEW.id + 1; RETURN NULL; END"
"#;
    let before = format!("{BEFORE}{touch}");
    let (project, database) = scene(&before, &format!("{}{touch}", after()), "");
    let holder = hold(&database, "SELECT FROM t");
    let apply = start(&project, &database);
    until_waits(&database, "LOCK TABLE");
    database.execute("UPDATE t SET n = -1 WHERE id IN (5, 6)");
    drop(holder);
    Ran::end_of(apply).succeeds();
    assert_converged(&project, &database);
    assert_eq!(
        database.ask(
            "SELECT string_agg(id || ' ' || n || ' ' || cnt, ', ' ORDER BY id) FROM t WHERE cnt > 0"
        ),
        "5 -1 1, 6 -1 2, 7 7 1"
    );
}

#[test]
fn what_is_replicated_is_there_as_well() {
    let (project, database) = scene(BEFORE, &after(), "");
    let holder = hold(&database, "SELECT FROM t");
    let apply = start(&project, &database);
    until_waits(&database, "LOCK TABLE");
    database.execute(
        "SET session_replication_role = replica; INSERT INTO t (id, n) VALUES (-1, -1);
         DELETE FROM t WHERE id = 5; UPDATE t SET n = 0 WHERE id = 6",
    );
    drop(holder);
    Ran::end_of(apply).succeeds();
    assert_converged(&project, &database);
    assert_eq!(
        database.ask("SELECT string_agg(id || ' ' || n, ', ' ORDER BY id) FROM t WHERE id < 8"),
        "-1 -1, 1 1, 2 2, 3 3, 4 4, 6 0, 7 7"
    );
}

/// It began before the row was copied, and so does not see the copy.
#[test]
fn a_repeatable_read_that_began_before_is_followed() {
    let (project, database) = scene(BEFORE, &after(), "");
    let old = database.connect();
    old.execute("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT FROM pg_class");
    let holder = hold(&database, "SELECT FROM t WHERE id = 20000 FOR UPDATE");
    let apply = start(&project, &database);
    until_waits(&database, "DO ");
    old.execute("UPDATE t SET n = -5 WHERE id = 5; DELETE FROM t WHERE id = 6; COMMIT");
    holder.execute("COMMIT");
    Ran::end_of(apply).succeeds();
    assert_converged(&project, &database);
    assert_eq!(database.ask("SELECT count(*) || ' ' || sum(n) FROM t"), "19999 200009984");
}

#[test]
fn rows_that_only_the_new_table_takes_for_the_same_are_an_error() {
    let text = BEFORE.replace("began = \"integer\"", "code = \"text\"").replace(
        "primary_key = [\"id\"]",
        "primary_key = [\"id\"]\nunique = { t_code_key = [\"code\"] }",
    );
    let number = text.replace("code = \"text\"", "code = \"integer\"");
    let codes = "UPDATE t SET code = id; UPDATE t SET code = '01' WHERE id = 2";
    let (project, database) = scene(&text, &number, codes);
    project.run_on(&database, &APPLY).exits(1).says(&["t_code_key", "SQLSTATE 23505"]);
    assert_eq!(database.ask("SELECT count(*) || ' ' || max(code) FROM t WHERE id < 3"), "2 1");
    database.execute("UPDATE t SET code = '2' WHERE id = 2");
    project.run_on(&database, &APPLY).succeeds();
    assert_converged(&project, &database);
    assert_eq!(database.ask("SELECT count(*) || ' ' || sum(code) FROM t"), "20000 200010000");
}

#[test]
fn a_key_may_be_deferrable() {
    let key = "primary_key = { columns = [\"id\"], deferrable = \"deferred\" }";
    let before = BEFORE.replace("primary_key = [\"id\"]", key);
    let (project, database) = scene(&before, &after().replace("primary_key = [\"id\"]", key), "");
    let holder = hold(&database, "SELECT FROM t");
    let apply = start(&project, &database);
    until_waits(&database, "LOCK TABLE");
    database.execute("UPDATE t SET id = CASE id WHEN 1 THEN 2 ELSE 1 END WHERE id < 3");
    drop(holder);
    Ran::end_of(apply).succeeds();
    assert_converged(&project, &database);
    assert_eq!(
        database.ask("SELECT string_agg(id || ' ' || n, ', ' ORDER BY id) FROM t WHERE id < 4"),
        "1 2, 2 1, 3 3"
    );
}

#[test]
fn rows_that_a_policy_hides_are_not_left_behind() {
    let secure = |text: &str| {
        let forced = "[table.t]\nrow_level_security = true\nforce_row_level_security = true";
        format!(
            "{}[table.t.policy]\nown = {{ using = \"id < 100\" }}\n",
            text.replace("[table.t]", forced)
        )
    };
    let (project, database) = scene(&secure(BEFORE), &secure(&after()), "");
    let role = project::role("owner_of_hidden_rows");
    database.execute(&format!(
        "ALTER TABLE t OWNER TO {role}; GRANT CREATE ON SCHEMA public TO {role};
         GRANT CREATE ON DATABASE {} TO {role}",
        database.name()
    ));
    let before = database.dump();
    let word = |word: &str| {
        if word.starts_with("user=") { format!("user={role}") } else { word.to_owned() }
    };
    let address = database.address.split(' ').map(word).collect::<Vec<_>>().join(" ");
    let run = |more: &str| {
        let mut command = project.command(&APPLY);
        command.args(["--as-of", project::DAY, "--database-url", &address]);
        Ran::of(command.args(["--shadow-url", &database.address]).args(more.split_whitespace()))
    };
    let refused = ["policies of public.t hide rows", "BYPASSRLS"];
    run("").exits(1).says(&refused);
    project::assert_same(&before, &database.dump());
    // The server itself refuses what was not asked.
    run("--no-preflight").exits(1).says(&["row-level security", "SQLSTATE 42501"]);
    database.execute("ALTER TABLE t NO FORCE ROW LEVEL SECURITY");
    run("").succeeds();
    assert_eq!(database.count("SELECT count(*) FROM t"), 20000);
}
