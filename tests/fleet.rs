//! What is told of many targets in each form, and which of them a command is about.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "in a test, a panic is how a failure is told, also in what tests share"
)]

use std::fs;

use serde_json::Value;

#[path = "support/postgres.rs"]
mod postgres;
#[path = "support/project.rs"]
mod project;
#[path = "support/server.rs"]
mod server;

use project::{Database, Databases, Project, Ran};

const FILES: &str = "[table.a.column]\nid = \"integer\"\nx = \"text\"\n";

/// A project whose targets, `m1` and so on, are so many databases that are as [`FILES`] says.
fn scene(count: usize, more: &str) -> (Project, Databases) {
    let project = Project::with(FILES);
    let databases = Databases::like(&Database::of(&project), count);
    let targets: Vec<String> =
        (1..=count).map(|n| format!("m{n} = \"{}\"\n", databases.address(n))).collect();
    let control = project::maintenance_address();
    let head = format!("database_url = \"{control}\"\n[targets]\n{more}\n[targets.databases]\n");
    project.write("pgconverge.toml", &(head + &targets.concat()));
    (project, databases)
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn text(project: &Project, file: &str) -> String {
    fs::read_to_string(project.path(file)).unwrap()
}

#[test]
fn a_canary_that_is_no_target_changes_none() {
    let (project, databases) = scene(3, "");
    project.write("schema/schema.toml", &format!("{FILES}note = \"text\"\n"));
    let unchanged = |project: &Project| {
        project.run(&["plan"]).succeeds().prints(&["3 of 3 differ."]);
    };
    let confirm = ["apply", "--confirm", "--allow", "all"];
    let with = |more: &[&str]| project.run(&[&confirm[..], more].concat());
    let ran = with(&["--canary", "m9"]).exits(1);
    ran.says(&["pgconverge::targets::unknown", "no target is called m9, which is to be a canary"]);
    with(&["--canary", "m1", "--canary", "x*"]).exits(1).says(&["no target is called x*"]);
    with(&["--target", "m1", "--canary", "m9"]).exits(1).says(&["no target is called m9"]);
    with(&["--database-url", &databases.address(1), "--canary", "m1"])
        .exits(1)
        .says(&["pgconverge::targets::none"]);
    unchanged(&project);
    project.edit("pgconverge.toml", "[targets]", "[targets]\ncanary = [\"nosuch*\"]");
    with(&[]).exits(1).says(&["no target is called nosuch*"]);
    project.run(&["maintain", "--confirm"]).exits(1).says(&["no target is called nosuch*"]);
    unchanged(&project);
    // Who says otherwise on the command line is heard.
    with(&["--canary", "m1", "--keep-going"]).succeeds().says(&["First: 1 target"]);
    // One that is a target, and is not among those that were chosen, is told.
    project.edit("pgconverge.toml", "nosuch*", "m1");
    project.write("schema/schema.toml", &format!("{FILES}more = \"text\"\n"));
    let ran = with(&["--target", "m2", "--target", "m3"]).succeeds();
    ran.says(&["No canary is among the targets that were chosen: m1"]).prints(&["2 converged."]);
    with(&["--target", "m1"]).succeeds();
}

#[test]
fn what_the_project_forbids_is_refused_at_once() {
    let (project, _databases) = scene(2, "");
    project.write("schema/schema.toml", "[table.a.column]\nid = \"integer\"\n");
    project.run(&["apply"]).succeeds().says(&["Nothing was done"]);
    project.edit("pgconverge.toml", "[targets]", "policy.data-loss = \"refuse\"\n[targets]");
    project.run(&["plan"]).exits(3);
    project.run(&["apply"]).exits(3).says(&["Nothing was done"]);
}

#[test]
fn every_form_of_drift_is_of_all_targets() {
    let (project, databases) = scene(4, "");
    databases.at(2).execute("ALTER TABLE a ADD COLUMN extra text");
    databases.at(3).execute(
        "ALTER TABLE a ADD COLUMN extra text; DROP TABLE a; CREATE VIEW a AS SELECT 1 AS one",
    );
    databases.at(4).execute("ALTER TABLE a ADD COLUMN extra text");
    let here = text(&project, "pgconverge.toml");
    let far = "far = \"postgres://somebody:hunter2@127.0.0.1:1/app\"\n";
    project.write("pgconverge.toml", &(here.clone() + far));
    let reports = ["junit", "sarif", "prometheus", "chat", "json", "markdown"];
    let files: Vec<String> =
        reports.iter().map(|format| format!("{format}=drift.{format}")).collect();
    let mut arguments = vec!["drift"];
    files.iter().for_each(|file| arguments.extend(["--report", file]));
    let ran = project.run(&arguments).exits(1);
    let headline = "1 of 5 has no drift; 3 differ, in 2 ways; 1 could not be looked at.";
    ran.prints(&[headline, "2 targets of 5: m2, m4"]);
    let report = |format: &str| text(&project, &format!("drift.{format}"));
    for format in reports {
        assert!(!report(format).contains("hunter2"), "{}", report(format));
    }

    let junit = report("junit");
    assert_eq!(junit.matches("<testsuite name=").count(), 5, "{junit}");
    for line in [
        "<testsuites name=\"pgconverge drift\" tests=\"6\" failures=\"5\">",
        "<testsuite name=\"m1\" tests=\"1\" failures=\"0\">",
        "<testsuite name=\"m3\" tests=\"2\" failures=\"2\">",
        "<testsuite name=\"far\" tests=\"1\" failures=\"1\">",
        "<failure message=\"it could not be looked at\" type=\"unknown\">",
    ] {
        assert!(junit.contains(line), "{line}\n{junit}");
    }

    let sarif = json(&report("sarif"));
    let schema = json(include_str!("support/sarif-2.1.0.schema.json"));
    assert_valid(&schema, &sarif);
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), 4, "{sarif:#}");
    let changed = results.iter().find(|it| it["ruleId"] == "drift-changed").unwrap();
    assert_eq!(changed["properties"]["targets"], serde_json::json!(["m2", "m4"]));
    let message = changed["message"]["text"].as_str().unwrap();
    assert!(message.ends_with("live text (2 of 5 targets: m2, m4)"), "{message}");
    assert!(results.iter().any(|it| it["ruleId"] == "drift-unknown"));

    let metrics = report("prometheus");
    for name in ["success", "last_run_timestamp_seconds", "duration_seconds", "objects"] {
        let kind = format!("# TYPE pgconverge_drift_{name} gauge");
        assert_eq!(metrics.lines().filter(|line| *line == kind).count(), 1, "{metrics}");
    }
    for (n, name) in databases.names.iter().enumerate() {
        let of = format!("database=\"{name}\",target=\"m{}\"", n + 1);
        let changed = u8::from(n == 1 || n == 3);
        for line in [
            format!("pgconverge_drift_success{{{of}}} 1"),
            format!("pgconverge_drift_objects{{{of},class=\"changed\"}} {changed}"),
        ] {
            assert!(metrics.lines().any(|it| it == line), "{line}\n{metrics}");
        }
    }
    assert!(metrics.contains("pgconverge_drift_success{database=\"app\",target=\"far\"} 0\n"));
    assert!(!metrics.contains("pgconverge_drift_objects{database=\"app\""), "{metrics}");
    assert!(metrics.contains("\npgconverge_drift_duration_seconds "), "{metrics}");

    let chat = json(&report("chat"));
    let message = chat["text"].as_str().unwrap();
    assert!(message.starts_with(headline), "{message}");
    assert!(
        message.contains("2 of 5 targets: m2, m4 – 1 changed\n• changed `table public.a`"),
        "{message}"
    );
    assert!(message.contains("• `far` "), "{message}");

    let markdown = report("markdown");
    let summary = "<summary><code>2 targets of 5: m2, m4</code> — 1 changed</summary>";
    assert!(markdown.contains(summary), "{markdown}");

    let schema = json(include_str!("../docs/drift.schema.json"));
    let mut shown = json(&report("json"));
    assert_valid(&schema, &shown);
    shown["groups"][0].as_object_mut().unwrap().remove("drift");
    assert!(!jsonschema::validator_for(&schema).unwrap().is_valid(&shown));

    // When nothing is known of any, the metrics say so, and the others stay.
    project.write("schema/schema.toml", "[table.a.column]\nid = \"integr\"\n");
    project.run(&arguments).exits(1);
    let metrics = report("prometheus");
    assert!(metrics.contains("target=\"m1\"} 0\n") && !metrics.contains("_objects"), "{metrics}");
    assert_eq!(json(&report("json"))["differ"], 3);
    project.write(
        "pgconverge.toml",
        &here.replace("[targets.databases]\n", "query = \"SELECT no\"\n[x]\n"),
    );
    project.edit("pgconverge.toml", "[x]\n", "#");
    let only = text(&project, "pgconverge.toml");
    project.write("pgconverge.toml", only.split_once('#').unwrap().0);
    project.run(&arguments).exits(1).says(&["pgconverge::targets::query"]);
    let metrics = report("prometheus");
    assert!(metrics.contains("pgconverge_drift_success{database=\"\"} 0\n"), "{metrics}");

    // Files are written from one database alone.
    project.write("pgconverge.toml", &here);
    project.run(&["drift", "--accept"]).exits(1).says(&["pgconverge::targets::one_only"]);
}

#[track_caller]
fn assert_valid(schema: &Value, value: &Value) {
    let schema = jsonschema::validator_for(schema).unwrap();
    let faults: Vec<String> = schema
        .iter_errors(value)
        .map(|fault| format!("{} at {}", fault, fault.instance_path()))
        .collect();
    assert!(faults.is_empty(), "{faults:?}\n{value:#}");
}

#[test]
fn what_cannot_be_managed_counts_where_it_is_said_to() {
    let (project, databases) = scene(2, "");
    databases.at(2).execute("CREATE TEXT SEARCH DICTIONARY plain (TEMPLATE = simple)");
    project.run(&["drift"]).succeeds().prints(&["2 of 2 are alike: no drift."]);
    let ran = project.run(&["drift", "--strict"]).exits(2);
    ran.prints(&["1 of 2 has no drift; 1 differs."]);
    let ran = project.run(&["drift", "--strict", "--format", "chat"]).exits(2);
    ran.prints(&["unmanaged `text search dictionary public.plain`"]);
}

#[test]
fn a_plan_says_at_the_top_what_would_be_lost() {
    let (project, databases) = scene(4, "");
    databases.at(2).execute("ALTER TABLE a ADD COLUMN extra text");
    databases.at(3).execute("ALTER TABLE a DROP COLUMN x");
    let markdown = project.run(&["plan", "--format", "markdown"]).succeeds().out;
    let (top, folded) = markdown.split_once("<details>").unwrap();
    let expected = "\
**2 of 4 are alike: no changes; 2 differ, in 2 ways.**

> [!CAUTION]
> 1 step loses data and needs leave: `--allow data-loss`.
>
> - 1 target (m2): step 1, drop column extra (`table public.a`): ";
    assert!(top.starts_with(expected), "{top}");
    assert!(top.contains("**needs leave**: `--allow data-loss`"), "{top}");
    // Those that need leave come first, and each has a headline of its own.
    let first = "<summary><code>1 target of 4: m2</code> — 1 to change; \
                 <b>⛔ 1 step loses data and needs leave: --allow data-loss</b></summary>";
    assert!(folded.starts_with(first), "{folded}");
    let second = "<summary><code>1 target of 4: m3</code> — 1 to change</summary>";
    assert!(folded.contains(second), "{folded}");
    // Without anything to do there is no alert.
    databases.at(2).execute("ALTER TABLE a DROP COLUMN extra");
    databases.at(3).execute("ALTER TABLE a ADD COLUMN x text");
    let markdown = project.run(&["plan", "--format", "markdown"]).succeeds().out;
    assert_eq!(markdown, "**4 of 4 are alike: no changes.**\n");
}

#[test]
fn plans_of_targets_are_of_the_published_form() {
    let (project, databases) = scene(3, "");
    let schema = json(include_str!("../docs/plan.schema.json"));
    let shown = |arguments: &[&str]| json(&project.run(arguments).out);
    assert_valid(&schema, &shown(&["plan", "--format", "json"]));
    databases.at(2).execute("ALTER TABLE a DROP COLUMN x");
    let here = text(&project, "pgconverge.toml");
    project.write("pgconverge.toml", &(here.clone() + "far = \"postgres://a@127.0.0.1:1/app\"\n"));
    assert_valid(&schema, &shown(&["plan", "--format", "json"]));
    project.write("pgconverge.toml", &here);
    project.run(&["plan", "--out", "plans.json"]).succeeds();
    let mut saved = json(&text(&project, "plans.json"));
    assert_valid(&schema, &saved);
    let applied = shown(&["apply", "--confirm", "--format", "json"]);
    assert_valid(&schema, &applied);
    assert_eq!(applied["ended"].as_array().unwrap().len(), 3);
    saved["plans"]["m2"].as_object_mut().unwrap().remove("saved");
    assert!(!jsonschema::validator_for(&schema).unwrap().is_valid(&saved));
}

#[test]
fn commands_about_one_database_are_told_which() {
    let (project, databases) = scene(2, "");
    databases.at(2).execute("CREATE TABLE only_here (a integer)");
    let refused = |arguments: &[&str]| {
        let ran: Ran = project.run(arguments).exits(1);
        ran.says(&["pgconverge::targets::one_only", "--target NAME", "--database-url"]);
    };
    for command in [&["pull"][..], &["verify"], &["why", "public.a"], &["check", "--sizes"]] {
        refused(command);
        refused(&[command, &["--target", "m*"]].concat());
        let ran = project.run(&[command, &["--target", "m3"]].concat()).exits(1);
        ran.says(&["pgconverge::targets::unknown", "no target is called m3"]);
    }
    assert_eq!(text(&project, "schema/schema.toml"), FILES);
    project.run(&["why", "public.a", "--target", "m1"]).succeeds();
    project.run(&["verify", "equals_files", "--target", "m1"]).succeeds();
    project.run(&["verify", "equals_files", "--target", "m2"]).exits(2);
    project.run(&["verify", "--shadow", "equals_files"]).succeeds();
    // They have a table without a primary key.
    project.run(&["check"]).exits(2);
    project.run(&["check", "--sizes", "--target", "m2"]).exits(2);
    project.run(&["pull", "--target", "m2"]).succeeds();
    assert!(text(&project, "schema/tables/only_here.toml").contains("[table.only_here"));
    project.run(&["pull", "--database-url", &databases.address(1)]).succeeds();
    assert!(!project.path("schema/tables/only_here.toml").exists());
    project.write("pgconverge.toml", "");
    project.run(&["pull", "--target", "m1"]).exits(1).says(&["pgconverge::targets::none"]);
}
