//! Many databases, or schemas of one, that are to be as the same files say.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "in a test, a panic is how a failure is told, also in what tests share"
)]

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use serde_json::Value;

#[path = "support/postgres.rs"]
mod postgres;
#[path = "support/project.rs"]
mod project;
#[path = "support/server.rs"]
mod server;
#[path = "support/until.rs"]
mod until;

use project::{Database, Databases, Project, Ran, maintenance_address};
use until::until;

const BEFORE: &str = "[table.a.column]\nid = \"integer\"\nx = \"text\"\n";
const AFTER: &str = "[table.a.column]\nid = \"integer\"\nx = \"text\"\nnote = \"text\"\n[table.a.index]\n\
                     a_id_idx = { columns = [\"id\"], unique = true }\n";

/// A project whose targets are so many databases that are as [`BEFORE`] says.
fn scene(count: usize, more: &str) -> (Project, Databases) {
    let project = Project::with(BEFORE);
    let databases = Databases::like(&Database::of(&project), count);
    let pattern = databases.names[0].trim_end_matches("001");
    project.write(
        "pgconverge.toml",
        &format!(
            "database_url = \"{}\"\n[targets]\nconcurrency = 3\n{more}\n\
             query = \"SELECT datname FROM pg_database WHERE datname LIKE '{pattern}%' ORDER BY 1\"\n",
            maintenance_address()
        ),
    );
    (project, databases)
}

fn json(ran: &Ran) -> Value {
    serde_json::from_str(&ran.out).unwrap()
}

/// How often each outcome is in a report of JSON.
fn outcomes(ran: &Ran, outcome: &str) -> usize {
    let ended = json(ran)["ended"].as_array().unwrap().clone();
    ended.iter().filter(|ended| ended["outcome"] == outcome).count()
}

#[test]
fn databases_that_are_alike_are_told_once_and_the_state_is_made_once() {
    let (project, databases) = scene(40, "");
    databases.at(7).execute("ALTER TABLE a ADD COLUMN extra text");
    databases.at(9).execute("ALTER TABLE a ADD COLUMN extra text; INSERT INTO a SELECT n FROM generate_series(1, 999) n");
    databases.at(8).execute("ALTER TABLE a DROP COLUMN x");
    let names = &databases.names;

    // Every shadow begins with a session in the database that it is made from.
    let counter = Database::new();
    let sessions =
        format!("SELECT sessions FROM pg_stat_database WHERE datname = '{}'", counter.name());
    let watcher = Database::new();
    let before = watcher.count(&sessions);
    let plan = ["plan", "--no-cache", "--exit-code", "--shadow-url", &counter.address];
    let ran = project.run(&plan).exits(2);
    until("the session is counted", || watcher.count(&sessions) > before);
    assert_eq!(watcher.count(&sessions), before + 1, "shadows");
    ran.prints(&[
        "37 of 40 are alike: no changes; 3 differ, in 2 ways.",
        &format!("2 targets of 40: {}, {}  (fingerprint ", names[6], names[8]),
        // Which has rows.
        &format!("shown as it is for {})", names[8]),
        &format!("1 target of 40: {}  (fingerprint ", names[7]),
        "ALTER TABLE public.a DROP COLUMN extra",
        "ALTER TABLE public.a ADD COLUMN x text",
    ]);
    let ran = project.run(&["drift"]).exits(2);
    ran.prints(&[
        "37 of 40 are alike: no drift; 3 differ, in 2 ways.",
        "column.extra: declared nothing → live text",
    ]);
    let shown = json(&project.run(&["plan", "--format", "json"]).succeeds());
    assert_eq!(
        (&shown["targets"], &shown["alike"], &shown["differ"]),
        (&40.into(), &37.into(), &3.into())
    );
    let groups = shown["groups"].as_array().unwrap();
    assert_eq!(groups.len(), 3);
    assert_eq!(groups[1]["targets"], serde_json::json!([names[6], names[8]]));
    let markdown = project.run(&["drift", "--format", "markdown"]).exits(2).out;
    assert!(
        markdown.starts_with("**37 of 40 are alike: no drift; 3 differ, in 2 ways.**\n"),
        "{markdown}"
    );

    // What loses data needs leave; the others go without it if they are told to.
    project.run(&["apply", "--confirm"]).exits(3).says(&["Nothing was done", "--keep-going"]);
    let ran = project.run(&["apply", "--confirm", "--keep-going"]).exits(3);
    ran.prints(&["1 converged, 37 as declared, 2 refused.", &format!("refused: {}", names[6])]);
    let ran = project.run(&["apply", "--confirm", "--allow", "data-loss"]).succeeds();
    ran.prints(&["2 converged, 38 as declared."]);
    project.run(&["drift"]).succeeds().prints(&["40 of 40 are alike: no drift."]);
}

#[test]
fn a_roll_out_that_is_killed_goes_on_where_it_was() {
    let (project, databases) = scene(8, "");
    project.write("schema/schema.toml", AFTER);
    let holder = databases.at(5);
    holder.execute("BEGIN; LOCK TABLE a IN ACCESS SHARE MODE");
    let watch = databases.at(4);
    let confirm = ["apply", "--confirm", "--concurrency", "1", "--lock-timeout", "60s"];
    let mut command = project.command(&confirm);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let waiting = format!(
        "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database WHERE NOT granted AND datname = '{}'",
        databases.names[4]
    );
    until("the fifth waits", || watch.count(&waiting) > 0);
    child.kill().unwrap();
    child.wait().unwrap();
    holder.execute("ROLLBACK");
    // The server takes a moment to find out that nobody is there any more.
    let busy = format!(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = '{}' AND application_name = 'pgconverge'",
        databases.names[4]
    );
    until("the session of the killed run ends", || watch.count(&busy) == 0);
    let ran = project.run(&["apply", "--confirm"]).succeeds();
    ran.prints(&["4 of 8 are alike: no changes; 4 differ.", "4 converged, 4 as declared."]);
    project.run(&["plan"]).succeeds().prints(&["8 of 8 are alike: no changes."]);
    // Each has its own record.
    for name in &databases.names {
        let folder = project.path(".pgconverge/journal").join(name);
        let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
        let journals = files.filter(|file| file.extension().is_some_and(|it| it == "jsonl"));
        let text = fs::read_to_string(journals.max().unwrap()).unwrap();
        let first: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
        assert_eq!(first["target"], name.as_str());
        assert!(text.contains("\"converged\"") || *name == databases.names[4], "{text}");
    }
}

#[test]
fn one_that_fails_stops_the_others_unless_they_are_to_go_on() {
    let (project, databases) = scene(5, "");
    project.write("schema/schema.toml", AFTER);
    databases.at(2).execute("INSERT INTO a VALUES (1), (1)");
    let one = ["apply", "--confirm", "--concurrency", "1", "--format", "json"];
    let ran = project.run(&one).exits(1);
    let ran = ran.says(&["pgconverge::preflight::rows", "that several rows of public.a have"]);
    assert_eq!(outcomes(&ran, "converged"), 1);
    assert_eq!(outcomes(&ran, "failed"), 1);
    assert_eq!(outcomes(&ran, "not begun"), 3);
    let failure = &json(&ran)["ended"][1]["failure"];
    assert_eq!(failure["target"], databases.names[1].as_str());

    let ran = project.run(&[&one[..], &["--keep-going"]].concat()).exits(1);
    assert_eq!(outcomes(&ran, "as declared"), 1);
    assert_eq!(outcomes(&ran, "converged"), 3);
    assert_eq!(outcomes(&ran, "failed"), 1);
    databases.at(2).execute("DELETE FROM a");
    project.run(&["apply", "--confirm"]).succeeds().prints(&["1 converged, 4 as declared."]);
}

#[test]
fn a_canary_that_fails_keeps_the_others_as_they_are() {
    let (project, databases) = scene(4, "canary = [\"*_003\"]\nkeep_going = true");
    project.write("schema/schema.toml", AFTER);
    databases.at(3).execute("INSERT INTO a VALUES (1), (1)");
    let ran = project.run(&["apply", "--confirm"]).exits(1);
    ran.prints(&["1 failed, 3 not begun.", &format!("not begun: {}", databases.names[0])]);
    project.run(&["plan"]).succeeds().prints(&["4 of 4 differ."]);
    // Others may come first: they are as the files say, so the rest follows.
    let ran = project.run(&["apply", "--confirm", "--canary", "2"]).exits(1);
    ran.prints(&["3 converged, 1 failed."]).says(&["First: 2 targets", "The others: 2 targets"]);
    databases.at(3).execute("DELETE FROM a");
    let ran = project.run(&["apply", "--confirm"]).succeeds();
    ran.prints(&["1 converged, 3 as declared."]);
}

#[test]
fn one_that_cannot_be_reached_is_told_without_its_password() {
    let (project, databases) = scene(2, "");
    project.write(
        "pgconverge.toml",
        &format!(
            "[targets.databases]\nnear = \"{}\"\nother = \"{}\"\n\
             far = \"postgres://somebody:hunter2@127.0.0.1:1/app\"\n",
            databases.address(1),
            databases.address(2)
        ),
    );
    project.write("schema/schema.toml", AFTER);
    let ran = project.run(&["plan"]).exits(1);
    let ran = ran.prints(&[
        "2 of 3 differ; 1 could not be looked at.",
        "  far: ",
        "2 targets of 3: near, other",
    ]);
    let plain = project.run(&["apply", "--confirm"]).exits(1);
    let plain = plain.says(&["Nothing was done; --keep-going leaves them out"]);
    let last = project.run(&["apply", "--confirm", "--keep-going"]).exits(1);
    let last = last.prints(&["2 converged, 1 failed."]);
    let wrong = project.path("pgconverge.toml");
    fs::write(&wrong, fs::read_to_string(&wrong).unwrap() + "[target]\n").unwrap();
    let shown = project.run(&["plan"]).exits(1);
    for ran in [&ran, &plain, &last, &shown] {
        assert!(!format!("{ran:?}").contains("hunter2"), "{ran:?}");
    }
}

#[test]
fn one_target_is_chosen_by_its_name_and_several_by_a_pattern() {
    let (project, databases) = scene(3, "");
    project.write("schema/schema.toml", AFTER);
    let name = &databases.names[1];
    // Then everything is as it is with one database.
    let ran = project.run(&["apply", "--confirm", "--target", name]).succeeds();
    ran.says(&["Done: the catalog was read again, and the database equals the files."]);
    project.run(&["plan", "--target", name]).finds_nothing();
    project.run(&["plan"]).succeeds().prints(&["1 of 3 has no changes; 2 differ."]);
    project.run(&["plan", "--target", "*_00[12]", "--target", name]).exits(1);
    project.run(&["plan", "--target", "*_00?"]).succeeds().prints(&["1 of 3 has no changes"]);
    project.run(&["plan", "--database-url", &databases.address(2)]).finds_nothing();
    for flag in [["--undo", ""], ["--format", "sql"]] {
        let arguments: Vec<&str> = flag.into_iter().filter(|word| !word.is_empty()).collect();
        let ran = project.run(&[&["plan"], &arguments[..]].concat()).exits(1);
        ran.says(&["pgconverge::targets::one_only", "choose one with --target NAME"]);
    }
    project.run(&["plan", "--target", "nothing"]).exits(1).says(&["pgconverge::targets::unknown"]);
}

#[test]
fn plans_that_were_looked_at_are_run_as_they_were() {
    let (project, databases) = scene(4, "");
    project.write("schema/schema.toml", AFTER);
    project.run(&["plan", "--out", "plans.json"]).succeeds();
    let run = ["apply", "--plan", "plans.json", "--confirm"];
    databases.at(4).execute("CREATE TABLE b ()");
    let ran = project.run(&run).exits(4);
    ran.says(&[
        "Refused",
        &format!("{}: database: table public.b is new", databases.names[3]),
        "Nothing was done",
    ]);
    let ran = project.run(&[&run[..], &["--keep-going"]].concat()).exits(4);
    ran.prints(&["3 converged, 1 moved."]);
    databases.at(4).execute("DROP TABLE b");
    // One of them alone.
    project.run(&[&run[..], &["--target", &databases.names[3]]].concat()).succeeds();
    project.run(&["plan"]).succeeds().prints(&["4 of 4 are alike: no changes."]);
    let ran = project
        .run(&["apply", "--plan", "plans.json", "--database-url", &databases.address(1)])
        .exits(1);
    ran.says(&["pgconverge::saved::not_a_plan", "plans of several targets"]);
    project.write("schema/schema.toml", BEFORE);
    project.run(&["plan", "--target", &databases.names[0], "--out", "one.json"]).succeeds();
    let ran = project.run(&["apply", "--plan", "one.json"]).exits(1);
    ran.says(&["has not the plans of several targets"]);
}

#[test]
fn an_interrupt_lets_what_runs_come_to_its_end_and_begins_no_other() {
    let (project, databases) = scene(3, "");
    project.write("schema/schema.toml", AFTER);
    let holder = databases.at(2);
    holder.execute("BEGIN; LOCK TABLE a IN ACCESS SHARE MODE");
    let confirm = ["apply", "--confirm", "--concurrency", "1", "--lock-timeout", "60s"];
    let mut command = project.command(&confirm);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let waiting = format!(
        "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database WHERE NOT granted AND datname = '{}'",
        databases.names[1]
    );
    let watch = databases.at(1);
    until("the second waits", || watch.count(&waiting) > 0);
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.any(|line| line.contains("Stopping when")));
    holder.execute("ROLLBACK");
    lines.for_each(drop);
    let ran = Ran::end_of(child).exits(1);
    ran.prints(&["1 converged, 1 failed, 1 not begun.", "pgconverge::execute::interrupted"]);
    project.run(&["apply", "--confirm"]).succeeds().prints(&["2 converged, 1 as declared."]);
}

#[test]
fn what_is_wrong_with_the_files_is_said_once() {
    let (project, databases) = scene(3, "");
    project.write("schema/schema.toml", "[table.a.column]\nid = \"integr\"\n");
    let ran = project.run(&["plan"]).exits(1);
    assert_eq!(ran.err.matches("does not exist").count(), 1, "{}", ran.err);
    project.write("schema/schema.toml", BEFORE);
    project.write(
        "pgconverge.toml",
        &format!(
            "database_url = \"{}\"\n[targets]\nquery = \"SELECT nothing\"\n",
            databases.address(1)
        ),
    );
    project.run(&["plan"]).exits(1).says(&["pgconverge::targets::query", "SQLSTATE 42703"]);
    // It cannot change anything.
    project.edit("pgconverge.toml", "SELECT nothing", "CREATE TABLE x ()");
    project.run(&["plan"]).exits(1).says(&["SQLSTATE 25006"]);
    project.edit("pgconverge.toml", "CREATE TABLE x ()", "SELECT 1 WHERE false");
    project.run(&["plan"]).exits(1).says(&["pgconverge::targets::none"]);
    project.edit("pgconverge.toml", "SELECT 1 WHERE false", "SELECT NULL");
    project.run(&["plan"]).exits(1).says(&["gives a row without a value"]);
    project.edit("pgconverge.toml", "SELECT NULL", "SELECT 'a', 'x' UNION ALL SELECT 'a', 'y'");
    project.run(&["plan"]).exits(1).says(&["pgconverge::targets::twice"]);
    for (configuration, said) in [
        ("[targets]\n", "nothing says which targets there are"),
        ("[targets]\ndatabases = [\"a\"]\nquery = \"SELECT 1\"\n", "both a list and a query"),
        ("[targets]\ndatabases = [\"a\"]\ntenant = \"x\"\n", "`tenant` is about schemas"),
        ("[targets]\nschemas = [\"a\"]\n", "add `tenant"),
        ("[targets]\ndatabases = [\"a\"]\ncontrol = \"x\"\n", "`control` is the database"),
        ("[targets]\ndatabases = [\"a\"]\n", "pgconverge::targets::no_server"),
        (
            "manage = \"database\"\ndatabase_url = \"x\"\n[targets]\nschemas = [\"a\"]\ntenant = \"x\"\n",
            "pgconverge::targets::manage",
        ),
    ] {
        project.write("pgconverge.toml", configuration);
        project.run(&["plan"]).exits(1).says(&[said]);
    }
    project.write("pgconverge.toml", "");
    project.run(&["plan", "--target", "a"]).exits(1).says(&["pgconverge::targets::none"]);
}

#[test]
fn an_environment_may_have_targets_of_its_own() {
    let (project, databases) = scene(2, "");
    let more = format!("[environment.one.targets]\ndatabases = [\"{}\"]\n", databases.names[0]);
    let text = fs::read_to_string(project.path("pgconverge.toml")).unwrap();
    project.write("pgconverge.toml", &(text + &more));
    project.run(&["plan"]).succeeds().prints(&["2 of 2 are alike"]);
    project.run(&["plan", "--environment", "one"]).succeeds().prints(&["1 of 1 has no changes."]);
}
