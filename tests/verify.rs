//! Every file `tests/verify/NAME.toml` is a test: something is broken in a database, and `NAME.txt` has what
//! `verify` says then, without the checks that hold; `NAME.18.txt` what it says on PostgreSQL 18, where that is more. `BLESS=1 cargo test --test verify` writes that down.
//!
//! Whatever the checks do, the database is afterwards what it was, to the positions of its sequences.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "in a test, a panic is how a failure is told, also in what tests share"
)]

#[path = "support/majors.rs"]
mod majors;
#[path = "support/postgres.rs"]
mod postgres;
#[path = "support/project.rs"]
mod project;
#[path = "support/server.rs"]
mod server;

use std::fs;
use std::path::{Path, PathBuf};

use libtest_mimic::{Arguments, Failed, Trial};
use project::{Database, Project, Ran, assert_same, role};
use serde::Deserialize;

/// What a file says.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// What is done to the database, once it equals the files.
    #[serde(default, rename = "break")]
    breaks: String,
    #[serde(default)]
    arguments: Vec<String>,
    /// The exit code.
    exit: i32,
    /// A schema of its own, in place of Phase 0.8.
    schema: Option<String>,
    /// The checks of that.
    #[serde(default)]
    checks: String,
}

fn main() {
    majors::run_on(&["14", "18"]);
    let mut arguments = Arguments::from_args();
    // Each has several sessions, and the server has but 20 connections.
    arguments.test_threads.get_or_insert(2);
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/verify");
    let mut trials: Vec<Trial> = cases(&directory)
        .into_iter()
        .map(|path| {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            Trial::test(name, move || run(&path))
        })
        .collect();
    let others: [(&str, fn()); 6] = [
        ("a_fresh_database_passes", a_fresh_database_passes),
        ("the_shadow_passes", the_shadow_passes),
        ("the_example_passes", the_example_passes),
        ("nothing_stays_behind", nothing_stays_behind),
        ("sequences_in_use_are_let_be", sequences_in_use_are_let_be),
        ("sequences_of_others_are_named", sequences_of_others_are_named),
    ];
    for (name, test) in others {
        trials.push(Trial::test(name, move || {
            test();
            Ok(())
        }));
    }
    libtest_mimic::run(&arguments, trials).exit();
}

fn run(path: &Path) -> Result<(), Failed> {
    let case: Case = toml::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let project = match &case.schema {
        Some(schema) => {
            let project = Project::with(schema);
            project.write("checks/checks.toml", &case.checks);
            project
        }
        None => Project::phase_08(),
    };
    let database = Database::of(&project);
    database.execute(&case.breaks);
    let before = contents(&database);
    let mut arguments = vec!["verify"];
    arguments.extend(case.arguments.iter().map(String::as_str));
    let ran = project.run_on(&database, &arguments).exits(case.exit);
    assert_same(&before, &contents(&database));
    let text = told(&ran);
    let (path, newest) = (path.with_extension("txt"), path.with_extension("18.txt"));
    let is_newest = std::env::var("PGCONVERGE_TEST_MAJOR").is_ok_and(|major| major == "18");
    if std::env::var_os("BLESS").is_some_and(|value| !value.is_empty()) {
        let others = is_newest && fs::read_to_string(&path).is_ok_and(|older| older != text);
        fs::write(if others { &newest } else { &path }, text).unwrap();
        return Ok(());
    }
    let path = if is_newest && newest.exists() { newest } else { path };
    let expected = fs::read_to_string(&path).unwrap_or_default();
    if text == expected {
        return Ok(());
    }
    let diff = similar::TextDiff::from_lines(expected.as_str(), text.as_str());
    Err(Failed::from(diff.unified_diff().header("expected", "is").to_string()))
}

/// The output, without the checks that hold; and what is said beside it.
fn told(ran: &Ran) -> String {
    let lines = ran.out.lines().filter(|line| !line.starts_with("ok "));
    let lines = lines.chain(ran.err.lines());
    lines.map(|line| format!("{}\n", line.trim_end())).collect()
}

fn a_fresh_database_passes() {
    let project = Project::phase_08();
    let database = Database::of(&project);
    let ran = project.run_on(&database, &["verify"]).succeeds();
    assert!(ran.out.ends_with("all hold.\n"), "{}", ran.out);
}

fn the_shadow_passes() {
    let project = Project::phase_08();
    let ran = project.run(&["verify", "--shadow"]).succeeds();
    assert!(ran.out.ends_with("all hold.\n"), "{}", ran.out);
    assert!(!project.path(".pgconverge").exists(), "a development server was made");
}

fn the_example_passes() {
    let project = Project::empty();
    let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/verify/schema");
    let ran = project.run(&["verify", "--shadow", "--schema", schema]).succeeds();
    assert!(ran.out.ends_with("9 checks; all hold.\n"), "{}", ran.out);
}

fn nothing_stays_behind() {
    let project = Project::phase_08();
    let database = Database::of(&project);
    database.execute(
        "INSERT INTO companies (id, name, yclients_company_id) VALUES (1, 'Salon', 10);
         INSERT INTO clients (company_id, phone) SELECT 1, n FROM generate_series(1, 7) n;
         INSERT INTO messages (company_id, phone, direction, created_at)
         VALUES (1, '1', 'inbound', '2025-12-24'), (1, '1', 'inbound', '2026-01-06')",
    );
    let (before, dump) = (contents(&database), database.dump());
    assert!(before.contains("clients_id_seq 7 t"), "{before}");
    project.run_on(&database, &["verify"]).succeeds();
    assert_same(&before, &contents(&database));
    assert_same(&dump, &database.dump());
    let insert = "INSERT INTO services (company_id, title, duration) VALUES (1, 'Cut', 30) RETURNING id::text";
    assert_eq!(database.ask(insert), "1");
}

fn sequences_in_use_are_let_be() {
    let project = Project::phase_08();
    let database = Database::of(&project);
    let other = database.connect();
    other.execute("BEGIN; SELECT nextval('clients_id_seq')");
    project
        .run_on(&database, &["verify", "bookings_join"])
        .succeeds()
        .prints(&["Note: sequences may have moved on", "canceling statement due to lock timeout"]);
    other.execute("ROLLBACK");
    assert_eq!(database.count("SELECT count(*) FROM clients"), 0);
}

fn sequences_of_others_are_named() {
    let project = Project::with("table.items.column.id = { type = 'integer', serial = true }");
    project.write(
        "checks/checks.toml",
        "[check.insert]
         description = 'A row goes in'
         expect = [{ sql = 'INSERT INTO items DEFAULT VALUES', count = 1 }]
         [check.look]
         description = 'A row can be looked for'
         expect = [{ sql = 'SELECT id FROM items', count = 0 }]",
    );
    let database = Database::of(&project);
    let role = role("verify");
    database.execute(&format!("GRANT ALL ON items, items_id_seq TO {role}"));
    let address = database.address.replace("user=postgres", &format!("user={role}"));
    let run = |name| project.run(&["verify", name, "--database-url", &address]).succeeds();
    let remark = "sequences that another role owns may have moved on, since only that role can keep \
                  their positions: public.items_id_seq.";
    run("insert").prints(&[remark]);
    // What only reads moves nothing.
    assert!(!run("look").out.contains("Note"));
    assert_eq!(database.count("SELECT count(*) FROM items"), 0);
    // The database goes with its test, and the role's rights with it.
}

/// How many rows each table has, and where each sequence is.
fn contents(database: &Database) -> String {
    let list = |query: &str| -> Vec<String> {
        let names = database.ask(query);
        names.split(' ').filter(|name| !name.is_empty()).map(str::to_owned).collect()
    };
    let mut text = String::new();
    for table in list(
        "SELECT string_agg(oid::regclass::text, ' ' ORDER BY oid) FROM pg_class
         WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace",
    ) {
        let count = database.count(&format!("SELECT count(*) FROM {table}"));
        text.push_str(&format!("{table} {count}\n"));
    }
    for sequence in list(
        "SELECT string_agg(oid::regclass::text, ' ' ORDER BY oid) FROM pg_class WHERE relkind = 'S'",
    ) {
        let position =
            database.ask(&format!("SELECT concat_ws(' ', last_value, is_called) FROM {sequence}"));
        text.push_str(&format!("{sequence} {position}\n"));
    }
    text
}

fn cases(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let mut cases: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|end| end == "toml")).collect();
    cases.sort();
    cases
}
