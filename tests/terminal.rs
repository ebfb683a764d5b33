//! What makes the program at home in a shell: a project to begin with, completions, pages of the manual, how much is
//! said, and why things are as they are.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "in a test, a panic is how a failure is told, also in what tests share"
)]

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use project::{Database, Project, Ran, assert_same};
use serde_json::Value;

#[path = "support/postgres.rs"]
mod postgres;
#[path = "support/project.rs"]
mod project;
#[path = "support/server.rs"]
mod server;

// A project to begin with.

#[test]
fn init_leaves_a_project_that_works() {
    let project = Project::empty();
    let ran = project.run(&["init"]).succeeds().says(&["Next:", "pgconverge plan"]);
    assert_eq!(ran.out, "pgconverge.toml\nschema/schema.toml\n.gitignore\n");
    project.run(&["check"]).succeeds();
    let database = Database::new();
    project.run_on(&database, &["plan"]).finds_nothing();
    // The example becomes a schema when its signs are taken away.
    let text = fs::read_to_string(project.path("schema/schema.toml")).unwrap();
    let lines = text.lines().skip_while(|line| !line.starts_with("# ["));
    let example: String =
        lines.map(|line| format!("{}\n", line.trim_start_matches(['#', ' ']))).collect();
    project.write("schema/schema.toml", &example);
    project.run(&["check"]).succeeds();
    project.run_on(&database, &["plan"]).succeeds().prints(&["CREATE TABLE public.books"]);
    project.apply_to(&database);
    // And so do the settings.
    let settings = fs::read_to_string(project.path("pgconverge.toml")).unwrap();
    let lines = settings.lines().filter(|line| line.contains(" = ") || line.starts_with("# ["));
    let all: String = lines.map(|line| format!("{}\n", line.trim_start_matches("# "))).collect();
    project.write("pgconverge.toml", &all);
    let production = ["drift", "--environment", "production"];
    project.run_on(&database, &production).succeeds();
    // A second time it touches nothing.
    let again = project.run(&["init"]).exits(1).says(&["pgconverge::init::is_project"]);
    assert_eq!(again.out, "");
    assert_eq!(fs::read_to_string(project.path("pgconverge.toml")).unwrap(), all);
}

#[test]
fn init_begins_with_a_database_that_is_there() {
    let whole = Project::phase_08();
    let database = Database::of(&whole);
    let project = Project::empty();
    project.write(".gitignore", "/target\n");
    let elsewhere = ["init", "--pull", "--schema", "db/files"];
    let ran = project
        .run_on(&database, &elsewhere)
        .succeeds()
        .says(&["/.pgconverge/ should be in it", "there should be nothing to do"]);
    assert!(ran.out.contains("db/files/tables/bookings.toml\n"), "{}", ran.out);
    assert_eq!(fs::read_to_string(project.path(".gitignore")).unwrap(), "/target\n");
    project.run_on(&database, &["plan"]).finds_nothing();
    project.run_on(&database, &["drift"]).finds_nothing();
    let check = project.run(&["check"]);
    assert!(!check.err.contains("Error"), "{}\n{}", check.out, check.err);
}

#[test]
fn init_names_what_no_file_can_say() {
    let database = Database::new();
    database.execute(
        "CREATE TABLE t (a integer); ALTER TABLE t ADD CHECK (a > 0) NOT VALID; CREATE INDEX t_a_idx ON t (a);
         UPDATE pg_index SET indisvalid = false WHERE indexrelid = 't_a_idx'::regclass",
    );
    let project = Project::empty();
    project.run_on(&database, &["init", "--pull"]).succeeds().says(&[
        "Not as a file can say: index t_a_idx on public.t: it is invalid",
        "ends what is named above",
    ]);
    let plan = project.run_on(&database, &["plan"]).succeeds();
    plan.prints(&["replace index t_a_idx", "Plan: 1 to replace;"]);
}

#[test]
fn init_writes_nothing_when_something_is_in_the_way() {
    let project = Project::with("[table.t.column]\na = \"integer\"\n");
    project.run(&["init"]).exits(1).says(&["schema is there already"]);
    assert!(!project.path("pgconverge.toml").exists());
    let empty = Project::empty();
    empty.run(&["init", "--pull"]).exits(1).says(&["pgconverge::init::no_database"]);
    let gone = ["init", "--pull", "--database-url", "postgres://nobody@127.0.0.1:1/gone"];
    Ran::of(&mut empty.command(&gone)).exits(1);
    assert_eq!(fs::read_dir(empty.path("")).unwrap().count(), 0);
}

// Shells and pages.

fn piped(program: &str, arguments: &[&str], text: &str) -> (bool, String) {
    let child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = child.unwrap_or_else(|error| panic!("{program}: {error}"));
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&said).into_owned())
}

#[test]
fn shells_take_the_completions() {
    let project = Project::empty();
    for shell in ["bash", "zsh"] {
        let script = project.run(&["completions", shell]).succeeds().out;
        let (ok, said) = piped(shell, &["-n"], &script);
        assert!(ok, "{shell}: {said}");
        assert!(!piped(shell, &["-n"], "if (").0);
    }
    for shell in ["fish", "powershell", "elvish"] {
        let script = project.run(&["completions", shell]).succeeds().out;
        assert!(script.contains("maintain"), "{script}");
    }
    // A shell with the script knows commands and flags.
    let script = project.run(&["completions", "bash"]).succeeds().out;
    let ask = "COMP_WORDS=(pgconverge drift --acc); COMP_CWORD=2\n\
               _pgconverge pgconverge --acc drift; echo \"${COMPREPLY[@]}\"\n";
    let (ok, said) = piped("bash", &[], &format!("{script}\n{ask}"));
    assert!(ok && said.contains("--accept"), "{said}");
}

#[test]
fn pages_of_the_manual_are_well_formed() {
    let project = Project::empty();
    let written = project.run(&["man", "--dir", "man1"]).succeeds().out;
    assert!(written.lines().count() > 12, "{written}");
    for path in written.lines() {
        let text = fs::read_to_string(project.path(path)).unwrap();
        let (_, said) = piped("mandoc", &["-T", "lint", "-W", "warning"], &text);
        assert!(said.is_empty(), "{path}: {said}");
        let (ok, page) = piped("mandoc", &["-T", "utf8"], &text);
        assert!(
            ok && page.contains("\n       pgconverge ") && text.contains(".SH EXAMPLES"),
            "{path}: {page}"
        );
    }
    let page = project.run(&["man", "drift"]).succeeds().out;
    assert_same(&page, &fs::read_to_string(project.path("man1/pgconverge-drift.1")).unwrap());
    assert!(page.contains(".TH pgconverge-drift 1"), "{page}");
    assert!(page.contains("[\\fB\\-\\-format\\fR \\fIFORMAT\\fR]"), "{page}");
    project.run(&["man", "drfit"]).exits(1).says(&["did you mean `drift`?"]);
}

// How much is said.

#[test]
fn one_can_have_it_quiet_or_at_length() {
    let project = Project::with("[table.t.column]\na = \"integer\"\n");
    let database = Database::new();
    let quiet = project.run_on(&database, &["apply", "-q", "--confirm"]).succeeds();
    assert_eq!(quiet.err, "");
    assert!(quiet.out.contains("CREATE TABLE public.t"), "{}", quiet.out);
    // Why something is refused is said all the same, and errors are.
    database.execute("ALTER TABLE t ADD COLUMN b integer");
    project.run_on(&database, &["apply", "-q", "--confirm"]).exits(3).says(&["Refused"]);
    project.run_on(&database, &["why", "-q", "nothing"]).exits(1).says(&["unknown_object"]);
    project.run_on(&database, &["drift", "--verbose"]).exits(2).says(&[
        "connected to",
        "the declared state is known from before",
        "reading the catalog: 0.",
    ]);
    project.run_on(&database, &["plan", "-q", "-v"]).exits(1);
}

#[test]
fn where_the_time_went_is_told() {
    let project = Project::with("[table.t.column]\na = \"integer\"\n");
    let database = Database::new();
    let ran = project.run_on(&database, &["apply", "--confirm", "--timings"]).succeeds();
    let seconds = |what: &str| -> f64 {
        let line = ran.err.lines().find(|line| line.ends_with(&format!(" s  {what}")));
        let line = line.unwrap_or_else(|| panic!("{what}: {}", ran.err));
        line.trim().split(' ').next().unwrap().parse().unwrap()
    };
    let stages = [
        "connecting",
        "reading the files",
        "making the declared state in the shadow",
        "reading the catalog",
        "comparing and planning",
        "running the plan",
    ];
    stages.iter().for_each(|stage| assert!(seconds(stage) >= 0.0));
    let lines = ran.err.lines().filter_map(|line| line.trim().split_once(" s  "));
    let lines: Vec<(f64, &str)> =
        lines.filter_map(|(took, what)| Some((took.parse().ok()?, what))).collect();
    let sum: f64 = lines.iter().filter(|(_, what)| *what != "in all").map(|(took, _)| took).sum();
    assert!((seconds("in all") - sum).abs() < 0.01, "{}", ran.err);
    // What is known from before is not made; what is renamed is tried.
    project.write(
        "schema/schema.toml",
        "[table.u]\nrenamed_from = \"t\"\n[table.u.column]\na = \"integer\"\n",
    );
    project.run_on(&database, &["plan"]).succeeds();
    let ran = project.run_on(&database, &["plan", "--verbose"]).succeeds();
    assert!(!ran.err.contains("making the declared state"), "{}", ran.err);
    ran.says(&["the declared state is known from before", "trying the renames in the shadow: "]);
    let failed =
        project.run(&["plan", "--timings", "--database-url", "postgres://x@127.0.0.1:1/x"]);
    failed.exits(1).says(&["connecting", "in all"]);
}

// Why.

#[test]
fn what_orders_blocks_or_rebuilds_an_object_is_told() {
    let project = Project::with(
        "[table.a]\nprimary_key = [\"id\"]\n[table.a.column]\nid = \"integer\"\nx = \"integer\"\n\
         [view.v]\nquery = \"SELECT id, x FROM a\"\n[view.w]\nquery = \"SELECT id FROM v\"\n",
    );
    let database = Database::of(&project);
    let why = |object: &str| project.run_on(&database, &["why", object]);
    why("view public.v").succeeds().prints(&[
        "= view public.v stays as it is  (schema/schema.toml:6)",
        "  depends on:\n    schema public\n    column id of table public.a\n    column x of table public.a\n",
        "  needed by:\n    view public.w",
    ]);
    project.edit("schema/schema.toml", "x = \"integer\"", "x = \"text\"");
    project.edit(
        "schema/schema.toml",
        "[view.v]",
        "[table.b.column]\na_id = \"integer\"\n[table.b.foreign_key]\n\
         b_a_id_fkey = { columns = [\"a_id\"], references = \"a (id)\" }\n[view.v]",
    );
    why("public.a").succeeds().prints(&[
        "~ change table public.a",
        "column.x.type: integer → text",
        "after 2, drop view (view public.v): view public.v depends on column x of table public.a until then",
        "before 5, create view (view public.v)",
    ]);
    why("view public.w").succeeds().prints(&[
        "± replace view public.w",
        "replaced, because it depends on",
        "view public.v",
    ]);
    why("public.v").succeeds().prints(&["takes along:\n    view public.w"]);
    let foreign_key = "constraint b_a_id_fkey on public.b";
    why(foreign_key).succeeds().prints(&["+ create constraint", "depends on:"]);
    why("b").exits(1).says(&["pgconverge::why::unknown_object", "did you mean `table public.b`?"]);

    let json = project.run_on(&database, &["why", "view public.v", "--format", "json"]).succeeds();
    let json: Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!((&json["format"], &json["change"]["action"]), (&1.into(), &"replace".into()));
    let steps = json["steps"].as_array().unwrap();
    assert_eq!(steps.len(), 2);
    let plan = project.run_on(&database, &["plan", "--format", "json"]).succeeds();
    let plan: Value = serde_json::from_str(&plan.out).unwrap();
    let all: Vec<&Value> = plan["transactions"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|transaction| transaction["steps"].as_array().unwrap())
        .collect();
    // Whatever it is said to come after is a step before it.
    for step in steps {
        let number = step["number"].as_u64().unwrap();
        assert_eq!(step["sql"], all[usize::try_from(number).unwrap() - 1]["sql"]);
        let numbers = |of: &Value| -> Vec<u64> {
            of.as_array().unwrap().iter().map(|it| it["number"].as_u64().unwrap()).collect()
        };
        assert!(numbers(&step["after"]).iter().all(|other| *other < number), "{step}");
        assert!(numbers(&step["before"]).iter().all(|other| *other > number), "{step}");
    }
    assert!(steps.iter().any(|step| !step["after"].as_array().unwrap().is_empty()));
    // What is there and not declared, and what is said of it.
    database.execute("CREATE TABLE c (id integer); CREATE VIEW d AS SELECT id FROM c");
    why("public.c").succeeds().prints(&[
        "- drop table public.c",
        "dropped, because no file declares it",
        "needed by:",
        "view public.d",
    ]);
}

#[test]
fn whatever_why_and_the_plan_call_something_is_understood() {
    let project = Project::with(
        "[table.a.column]\nid = \"integer\"\nx = \"integer\"\n[view.v]\nquery = \"SELECT x FROM a\"\n\
         [function.f]\narguments = [\"n int\"]\nreturns = \"integer\"\nlanguage = \"sql\"\nbody = \"SELECT 1\"\n",
    );
    let database = Database::of(&project);
    let why = |object: &str| project.run_on(&database, &["why", object]);
    let column = "column x of table public.a";
    let text = format!(
        "= {column} stays as it is  (schema/schema.toml:3)\n  needed by:\n    view public.v\n"
    );
    assert_eq!(why(column).succeeds().out, text);
    assert_eq!(why("public.a.x").succeeds().out, text);
    project.edit("schema/schema.toml", "id = \"integer\"", "id = \"bigint\"");
    why(column).succeeds().prints(&["stays as it is"]);
    why("public.a.id").succeeds().prints(&[
        "~ change column id of table",
        "integer → bigint",
        "ALTER",
    ]);

    // The types of a routine.
    why("public.f").exits(1).says(&["did you mean `routine public.f(integer)`?"]);
    for spelling in ["public.f(int)", "public.f(pg_catalog.int4)", "routine public.f(INTEGER)"] {
        why(spelling).succeeds().prints(&["= routine public.f(integer) stays as it is"]);
    }
    why("public.f(bigint)").exits(1).says(&["did you mean `routine public.f(integer)`?"]);

    // Both names of what is renamed.
    project.edit(
        "schema/schema.toml",
        "[table.a.column]",
        "[table.b]\nrenamed_from = \"a\"\n[table.b.column]",
    );
    project.edit("schema/schema.toml", "FROM a", "FROM b");
    for name in ["table public.a", "public.b"] {
        why(name).succeeds().prints(&["table public.b", "is called table public.a until then"]);
    }

    // What is there and in no plan.
    database.execute(
        "CREATE SCHEMA other; CREATE TABLE other.t (); \
         CREATE TEXT SEARCH CONFIGURATION plain (COPY = simple)",
    );
    why("schema other").exits(1).says(&["why::not_managed", "schema other is in the database"]);
    why("table other.t").exits(1).says(&["would be in schema other, which is left alone"]);
    why("public.plain")
        .exits(1)
        .says(&["text search configuration public.plain is in the database"]);
    why("public.nothing").exits(1).says(&["why::unknown_object"]);
}
