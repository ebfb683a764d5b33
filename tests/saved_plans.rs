//! A plan that was saved, looked at, and then run just as it was; the record of a run; and a run that
//! somebody stops.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "in a test, a panic is how a failure is told, also in what tests share"
)]

use std::fmt::Write;
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;

#[path = "support/postgres.rs"]
mod postgres;
#[path = "support/project.rs"]
mod project;
#[path = "support/server.rs"]
mod server;

use project::{Database, Project, Ran};

const BEFORE: &str =
    "[table.a.column]\nid = \"integer\"\nold = \"text\"\n[table.b.column]\nid = \"integer\"\n";
const AFTER: &str = "[table.a.column]\nid = \"integer\"\nold = \"text\"\nnote = \"text\"\n\
                     [table.a.index]\na_id_idx = { columns = [\"id\"] }\n[table.b.column]\nid = \"integer\"\n";

fn scene() -> (Project, Database) {
    let project = Project::with(BEFORE);
    let database = Database::of(&project);
    project.write("schema/schema.toml", AFTER);
    (project, database)
}

const RUN: [&str; 4] = ["apply", "--plan", "plan.json", "--confirm"];

#[test]
fn a_saved_plan_is_run_as_it_was_looked_at() {
    let (project, database) = scene();
    let plan = project.run_on(&database, &["plan", "--out", "plan.json"]).succeeds();
    // What is written is what was shown, and what running it needs.
    let file: Value = json(&project, "plan.json");
    let shown = project.run_on(&database, &["plan", "--format", "json"]).succeeds();
    let mut without = file.clone();
    without.as_object_mut().unwrap().remove("saved");
    assert_eq!(serde_json::from_str::<Value>(&shown.out).unwrap(), without);
    assert_eq!(file["saved"]["as_of"], project::DAY);

    let asked = project.run_on(&database, &["apply", "--plan", "plan.json"]).succeeds();
    assert_eq!(asked.out, plan.out);
    asked.says(&["To run this plan: pgconverge apply --plan plan.json --confirm"]);
    // The day of the plan counts, whatever the day is.
    let mut command = project.command(&RUN);
    command.args(["--as-of", "2031-01-01", "--database-url", &database.address]);
    assert_eq!(Ran::of(&mut command).succeeds().out, plan.out);
    project.run_on(&database, &["plan"]).finds_nothing();
    // It was run, so the database is not any more as it was.
    project.run_on(&database, &RUN).exits(4).says(&["database: table public.a is another"]);
}

#[test]
fn a_saved_plan_is_refused_when_either_side_has_moved() {
    let (project, database) = scene();
    project.run_on(&database, &["plan", "--out", "plan.json"]).succeeds();
    let before = database.dump();

    database.execute("CREATE TABLE c (); ALTER TABLE b ADD COLUMN x integer");
    project.run_on(&database, &RUN).exits(4).says(&[
        "Refused",
        "database: table public.b is another than it was",
        "database: table public.c is new",
        "Nothing was done",
    ]);
    database.execute("DROP TABLE c; ALTER TABLE b DROP COLUMN x");

    project.edit("schema/schema.toml", "note = \"text\"", "note = \"varchar\"");
    project.run_on(&database, &RUN).exits(4).says(&["files: table public.a is another"]);
    project.edit("schema/schema.toml", "note = \"varchar\"", "note = \"text\"");
    project::assert_same(&before, &database.dump());

    // Comments and the order of things are not what it is about.
    project.write("schema/schema.toml", &format!("# the same\n{AFTER}"));
    project.run_on(&database, &RUN).succeeds();
    project.run_on(&database, &["plan"]).finds_nothing();
}

#[test]
fn a_saved_plan_keeps_its_way_and_its_leave_when_rows_come_and_go() {
    let (project, database) = scene();
    project.edit("schema/schema.toml", "old = \"text\"\n", "");
    let allow = ["plan", "--allow", "data-loss", "--online-from", "1", "--out", "plan.json"];
    project.run_on(&database, &allow).succeeds().prints(&["CREATE INDEX a_id_idx"]);
    // By now the table is one that would be changed online.
    database.execute("INSERT INTO a SELECT n, 'x' FROM generate_series(1, 1000) n");
    let other = project.run_on(&database, &["plan", "--online-from", "1"]).succeeds();
    other.prints(&["CREATE INDEX CONCURRENTLY a_id_idx"]);
    let ran = project.run_on(&database, &RUN).succeeds();
    assert!(!ran.out.contains("CONCURRENTLY"), "{}", ran.out);
    project.run_on(&database, &["plan"]).finds_nothing();
}

#[test]
fn what_is_no_saved_plan_is_refused_and_says_why() {
    let (project, database) = scene();
    let with = |text: &str| {
        project.write("plan.json", text);
        project.run_on(&database, &RUN).exits(1)
    };
    project.run_on(&database, &RUN).exits(1).says(&["pgconverge::saved::unreadable", "plan.json"]);
    with("{").says(&["pgconverge::saved::not_a_plan"]);
    with("{\"format\": 1, \"transactions\": []}").says(&["not one that can be run"]);
    let text = project.run_on(&database, &["plan", "--format", "json"]).succeeds().out;
    with(&text).says(&["`plan --out` writes one that can be run"]);
    project.run_on(&database, &["plan", "--out", "plan.json"]).succeeds();
    let saved = fs::read_to_string(project.path("plan.json")).unwrap();
    with(&saved.replacen("\"format\": 1", "\"format\": 99", 1))
        .says(&["pgconverge::saved::format"]);
    let nowhere = ["plan", "--out", "nowhere/plan.json"];
    project.run_on(&database, &nowhere).exits(1).says(&["pgconverge::saved::unwritable"]);
}

#[test]
fn a_run_leaves_a_journal() {
    let (project, database) = scene();
    database.execute("INSERT INTO a VALUES (1), (2)");
    let ran = project.run_on(&database, &["apply", "--confirm"]).succeeds();
    ran.says(&["The journal of this run: ./.pgconverge/journal/"]);
    let lines = journal(&project, ".pgconverge/journal");
    let events: Vec<&str> = lines.iter().map(|line| line["event"].as_str().unwrap()).collect();
    assert_eq!(events, ["begin", "step", "step", "committed", "end"]);
    assert_eq!(lines[1]["outcome"], "done");
    assert_eq!(lines[1]["sql"], "ALTER TABLE public.a ADD COLUMN note text");
    assert!(lines[1]["begin"].as_str() <= lines[1]["time"].as_str());
    assert_eq!(lines[4]["outcome"], "converged");

    // A failure is in it, too.
    project.edit(
        "schema/schema.toml",
        "[table.b.column]",
        "[table.a.check]\nno = \"id > 1\"\n[table.b.column]",
    );
    project
        .run_on(&database, &["apply", "--confirm", "--no-preflight", "--journal", "log"])
        .exits(1);
    let lines = journal(&project, "log");
    let step = &lines[lines.len() - 2];
    assert_eq!((&step["event"], &step["outcome"]), (&"step".into(), &"failed".into()));
    assert!(step["error"].as_str().unwrap().contains("SQLSTATE 23514"), "{step}");
    assert_eq!(lines.last().unwrap()["outcome"], "failed");
    // Where it cannot be written, the run goes on.
    project.write("schema/schema.toml", AFTER);
    project.write("file", "");
    project.edit("schema/schema.toml", "note = \"text\"", "note = \"text\"\nmore = \"text\"");
    let ran = project.run_on(&database, &["apply", "--confirm", "--journal", "file"]).succeeds();
    ran.says(&["warning: the journal file/"]);
}

#[test]
fn a_statement_may_take_only_so_long() {
    let (project, database) = scene();
    database.execute(
        "CREATE FUNCTION slow() RETURNS text LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(60); RETURN 1; END';
         INSERT INTO a VALUES (1)",
    );
    project.write(
        "schema/schema.toml",
        "[function.slow]\nreturns = \"text\"\nlanguage = \"plpgsql\"\nbody = \"BEGIN PERFORM pg_sleep(60); RETURN 1; END\"\n\
         [table.a.column]\nid = \"integer\"\nold = \"text\"\nx = { type = \"text\", default = \"slow()\" }\n[table.b.column]\nid = \"integer\"\n",
    );
    let hasty = ["apply", "--confirm", "--statement-timeout", "300ms"];
    project.run_on(&database, &hasty).exits(1).says(&["SQLSTATE 57014", "--statement-timeout"]);
}

/// An apply whose first step waits for a lock.
fn stopped(signals: usize) -> (Project, Database, Ran) {
    let (project, database) = scene();
    database.execute("INSERT INTO a VALUES (1)");
    let ran = stopped_while(&project, &database, "LOCK TABLE a IN ACCESS SHARE MODE", &[], signals);
    (project, database, ran)
}

/// An apply, with `flags`, that waits for somebody who has done `held` in a transaction.
fn stopped_while(
    project: &Project,
    database: &Database,
    held: &str,
    flags: &[&str],
    signals: usize,
) -> Ran {
    let holder = database.connect();
    holder.execute(&format!("BEGIN; {held}"));
    let confirm = [&["apply", "--confirm", "--lock-timeout", "60s"], flags].concat();
    let mut command = project.command_on(database, &confirm);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let waiting = "SELECT count(*) FROM pg_stat_activity
                   WHERE wait_event_type = 'Lock' AND datname = current_database()";
    until(|| database.count(waiting) > 0);
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    let mut err = String::new();
    for answer in ["Stopping when", "Cancelling"].iter().take(signals) {
        let pid = child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
        for line in lines.by_ref() {
            writeln!(err, "{line}").unwrap();
            if line.contains(answer) {
                break;
            }
        }
    }
    if signals == 1 {
        holder.execute("ROLLBACK");
    }
    lines.for_each(|line| writeln!(err, "{line}").unwrap());
    Ran { err, ..Ran::end_of(child) }
}

fn until(happened: impl Fn() -> bool) {
    let begin = Instant::now();
    while !happened() {
        assert!(begin.elapsed() < Duration::from_mins(1), "it does not happen");
        sleep(Duration::from_millis(50));
    }
}

#[test]
fn the_first_interrupt_stops_at_the_edge_of_a_step() {
    let (project, database, ran) = stopped(1);
    ran.exits(1).says(&[
        "Stopping when the step that runs is done",
        "pgconverge::execute::interrupted",
        "stopped before step 2 of 2",
        "nothing of the plan was kept",
    ]);
    let columns =
        "SELECT count(*) FROM pg_attribute WHERE attrelid = 'a'::regclass AND attname = 'note'";
    assert_eq!(database.count(columns), 0);
    project.run_on(&database, &["apply", "--confirm"]).succeeds();
    project.run_on(&database, &["plan"]).finds_nothing();
}

#[test]
fn the_second_interrupt_cancels_the_statement() {
    let (project, database, ran) = stopped(2);
    ran.exits(1).says(&["Cancelling the statement that runs", "stopped before step 1 of 2"]);
    let lines = journal(&project, ".pgconverge/journal");
    assert_eq!(lines.last().unwrap()["outcome"], "failed");
    drop(database);
}

#[test]
fn a_statement_outside_of_transactions_that_is_cancelled_leaves_what_it_has_begun() {
    let (project, database) = scene();
    let flags = ["--online-from", "0"];
    let ran = stopped_while(&project, &database, "INSERT INTO a VALUES (1)", &flags, 2);
    ran.exits(1).says(&[
        "stopped in the middle of step 1 of 2",
        "no step of the plan is done; what this one has begun may be there still, an invalid index say",
    ]);
    assert_eq!(database.count("SELECT count(*) FROM pg_index WHERE NOT indisvalid"), 1);
    project.run_on(&database, &["apply", "--confirm"]).succeeds();
    project.run_on(&database, &["plan"]).finds_nothing();
}

#[test]
fn no_other_run_comes_between_a_plan_and_its_run() {
    let (project, database) = scene();
    let other = database.connect();
    other.execute("SELECT pg_advisory_lock(31638874160526848)");
    project
        .run_on(&database, &["apply", "--confirm"])
        .exits(1)
        .says(&["pgconverge::execute::busy"]);
    // Who only looks is not kept away.
    project.run_on(&database, &["apply"]).succeeds();
}

fn json(project: &Project, name: &str) -> Value {
    serde_json::from_str(&fs::read_to_string(project.path(name)).unwrap()).unwrap()
}

#[test]
fn the_way_back_is_printed_and_kept_before_the_first_step() {
    let (project, database) = scene();
    project.edit("schema/schema.toml", "old = \"text\"\n", "");
    project.edit(
        "schema/schema.toml",
        "[table.b.column]",
        "[table.c]\nrenamed_from = \"b\"\n[table.c.column]",
    );
    database.execute("INSERT INTO a VALUES (1, 'x')");
    let before = database.dump();
    let lost = "the plan's ALTER TABLE public.a DROP COLUMN old loses every value of public.a.old, which nothing brings back";
    let back = project.run_on(&database, &["plan", "--undo"]).succeeds();
    let back = back.prints(&[lost, "to keep that, first: \\copy public.a", "ADD COLUMN old text"]);
    // It forgets what is written to what the plan makes.
    back.prints(&["loses every value of public.a.note"]);
    let run = ["apply", "--confirm", "--allow", "data-loss"];
    let ran = project.run_on(&database, &run).succeeds();
    ran.says(&["The way back from this run: ./.pgconverge/journal/"]);
    project.run_on(&database, &["plan"]).finds_nothing();
    let files = fs::read_dir(project.path(".pgconverge/journal")).unwrap();
    let scripts = files.map(|file| file.unwrap().path());
    let scripts = scripts.filter(|path| path.to_string_lossy().ends_with(".undo.sql"));
    // The run that made the database has left one, too.
    let script = scripts.map(|path| fs::read_to_string(path).unwrap());
    let script = script.into_iter().find(|text| text.contains(lost)).unwrap();
    assert!(script.contains("ALTER TABLE public.c RENAME TO b"), "{script}");
    database.psql(&script);
    project::assert_same(&before, &database.dump());
}

/// The lines of the newest journal.
fn journal(project: &Project, directory: &str) -> Vec<Value> {
    let files = fs::read_dir(project.path(directory)).unwrap().map(|file| file.unwrap());
    let files = files.filter(|file| file.path().extension().is_some_and(|it| it == "jsonl"));
    let newest = files.max_by_key(|file| file.metadata().unwrap().modified().unwrap()).unwrap();
    let text = fs::read_to_string(newest.path()).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn plans_are_of_the_published_form() {
    let schema = include_str!("../docs/plan.schema.json");
    let schema = jsonschema::validator_for(&serde_json::from_str(schema).unwrap()).unwrap();
    #[track_caller]
    fn holds(schema: &jsonschema::Validator, value: &Value) {
        let faults: Vec<String> = schema
            .iter_errors(value)
            .map(|fault| format!("{} at {}", fault, fault.instance_path()))
            .collect();
        assert!(faults.is_empty(), "{faults:?}\n{value:#}");
    }
    let project = Project::phase_08();
    let database = Database::new();
    database
        .execute("CREATE SCHEMA other; CREATE TEXT SEARCH DICTIONARY public.d (TEMPLATE = simple)");
    let shown = |arguments: &[&str]| {
        serde_json::from_str::<Value>(&project.run_on(&database, arguments).out).unwrap()
    };
    holds(&schema, &shown(&["plan", "--format", "json", "--out", "plan.json"]));
    let mut saved = json(&project, "plan.json");
    holds(&schema, &saved);
    project.apply_to(&database);
    database.execute("ALTER TABLE clients ADD COLUMN extra text; DROP INDEX idx_bookings_staff_id");
    holds(&schema, &shown(&["plan", "--format", "json"]));
    // And it would be told if one were not.
    saved["saved"].as_object_mut().unwrap().remove("as_of");
    assert!(!schema.is_valid(&saved));
}
