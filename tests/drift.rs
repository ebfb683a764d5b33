//! Drift: its classes, its forms, a role that can only read, and what is there taken into the files.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "in a test, a panic is how a failure is told, also in what tests share"
)]

use std::fs;
use std::os::unix::fs::PermissionsExt;

use project::{Database, Project, Ran};
use serde_json::Value;

#[path = "support/postgres.rs"]
mod postgres;
#[path = "support/project.rs"]
mod project;
#[path = "support/server.rs"]
mod server;

const FILES: &str = "\
# What the shop is about.
[table.books]   # the catalogue
primary_key = [\"id\"]

[table.books.column]
id    = { type = \"integer\", not_null = true }
title = { type = \"text\", not_null = true }   # as on the cover
price = \"numeric(10,2)\"

[table.books.check]
books_price_check = \"price > 0\"

[table.books.index]
books_title_idx = [\"title\"]
books_price_idx = [\"price\"]

[table.authors.column]
name = \"text\"

[table.logs]
partition_by = \"range (at)\"
partitions   = { every = \"1 month\", ahead = 1, name = \"logs_{YYYY}_{MM}\" }

[table.logs.column]
at = { type = \"timestamptz\", not_null = true }

[view.titles]
query = \"SELECT title FROM books\"
";

/// What somebody did to it by hand.
const BY_HAND: &str = "\
DROP TABLE authors;
DROP TABLE logs_2025_12;
CREATE TABLE books_backup (id integer PRIMARY KEY);
CREATE INDEX books_backup_idx ON books_backup (id);
ALTER TABLE books ALTER COLUMN title DROP NOT NULL;
ALTER TABLE books DROP CONSTRAINT books_price_check;
INSERT INTO books VALUES (1, 'a', -1), (2, 'a', -1);
ALTER TABLE books ADD CONSTRAINT books_price_check CHECK (price > 0) NOT VALID;
DROP INDEX books_price_idx;
UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'books_title_idx'::regclass;
CREATE TEXT SEARCH DICTIONARY plain (TEMPLATE = simple);";

fn scene() -> (Project, Database) {
    let project = Project::with(FILES);
    let database = Database::of(&project);
    project.run_on(&database, &["drift"]).finds_nothing();
    database.execute(BY_HAND);
    (project, database)
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn every_class_is_told_apart() {
    let (project, database) = scene();
    let ran = project.run_on(&database, &["drift"]).exits(2);
    let wanted = "\
- missing: table public.authors  (schema/schema.toml:17)

~ changed: table public.books  (schema/schema.toml:2)
    column.title.not_null: declared true → live nothing  (schema/schema.toml:7)
! invalid: constraint books_price_check on public.books  (schema/schema.toml:11)
    it is not validated: rows from before it may be against it
    check.not_valid: declared nothing → live true
- missing: index books_price_idx on public.books  (schema/schema.toml:15)
! invalid: index books_title_idx on public.books  (schema/schema.toml:14)
    it is invalid: building it did not finish, and no query uses it
    invalid: declared nothing → live true

+ extra: table public.books_backup
+ extra: constraint books_backup_pkey on public.books_backup
+ extra: index books_backup_idx on public.books_backup

! invalid: table public.logs_2025_12  (schema/schema.toml:20)
    due by the window of table public.logs, which lags

The database is not as the files say: 2 missing, 3 extra, 1 changed, 3 invalid.
Not managed by this version, and left as it is:
  text search dictionary public.plain
";
    project::assert_same(&ran.out, wanted);
    // Unmanaged things count when somebody says so.
    project.run_on(&database, &["drift", "--strict"]).exits(2).prints(&["3 invalid, 1 unmanaged."]);
}

#[test]
fn a_detach_that_was_cut_off_is_invalid() {
    let project = Project::with(
        "[table.t]\npartition_by = \"list (a)\"\n[table.t.column]\na = \"integer\"\n\
         [table.t.partition.t_1]\nvalues = \"in (1)\"\n",
    );
    let database = Database::of(&project);
    database
        .execute("UPDATE pg_inherits SET inhdetachpending = true WHERE inhrelid = 't_1'::regclass");
    project.run_on(&database, &["drift"]).exits(2).prints(&[
        "! invalid: table public.t_1",
        "detaching it was cut off",
        "1 invalid.",
    ]);
}

#[test]
fn what_only_comes_along_is_no_difference() {
    let project = Project::with(
        "[table.t.column]\na = \"integer\"\n[view.v]\nquery = \"SELECT a FROM t\"\n\
         [view.w]\nquery = \"SELECT a FROM v\"\n",
    );
    let database = Database::of(&project);
    database.execute("CREATE OR REPLACE VIEW v AS SELECT a, 1 AS b FROM t");
    let ran =
        project.run_on(&database, &["drift"]).exits(2).prints(&["view public.v", "1 changed"]);
    assert!(!ran.out.contains("view public.w"), "{}", ran.out);
    project.run_on(&database, &["plan"]).prints(&["view public.w"]);
}

#[test]
fn each_form_has_all_of_it() {
    let (project, database) = scene();
    let form =
        |format: &str| project.run_on(&database, &["drift", "--format", format]).exits(2).out;

    let report = json(&form("json"));
    let schema = json(include_str!("../docs/drift.schema.json"));
    let schema = jsonschema::validator_for(&schema).unwrap();
    let faults: Vec<String> = schema.iter_errors(&report).map(|it| it.to_string()).collect();
    assert!(faults.is_empty(), "{faults:?}\n{report:#}");
    let mut wrong = report.clone();
    wrong["differences"][0]["class"] = "gone".into();
    assert!(!schema.is_valid(&wrong));
    assert_eq!(report["database"], database.name());
    assert_eq!(report["counts"]["invalid"], 3);
    let differences = report["differences"].as_array().unwrap();
    assert_eq!(differences.len(), 9);
    let of = |object: &str| differences.iter().find(|it| it["object"] == object).unwrap();
    let table = of("table public.books");
    assert_eq!(table["declared_at"]["line"], 2);
    assert_eq!(table["attributes"][0]["declared_at"]["line"], 7);
    assert_eq!(table["attributes"][0]["live"], Value::Null);
    assert_eq!(of("table public.authors")["live"], Value::Null);
    assert_eq!(of("table public.books_backup")["declared"], Value::Null);

    let sarif = json(&form("sarif"));
    let schema = json(include_str!("support/sarif-2.1.0.schema.json"));
    let schema = jsonschema::validator_for(&schema).unwrap();
    let faults: Vec<String> = schema.iter_errors(&sarif).map(|it| it.to_string()).collect();
    assert!(faults.is_empty(), "{faults:?}\n{sarif:#}");
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), 10);
    // What no file declares stands in a file, and what stands at one line is told apart.
    let extra = results.iter().find(|it| it["ruleId"] == "drift-extra").unwrap();
    let place = &extra["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "schema/schema.toml");
    assert_eq!(place["region"]["startLine"], 1);
    let line = |it: &Value| it["locations"][0]["physicalLocation"]["region"]["startLine"].as_u64();
    assert!(results.iter().all(|it| line(it).is_some()), "{sarif:#}");
    assert!(results.iter().filter(|it| line(it) == Some(1)).count() > 1, "{sarif:#}");
    let of = |it: &Value| it["partialFingerprints"]["primaryLocationLineHash"].to_string();
    let told_apart: std::collections::BTreeSet<String> = results.iter().map(of).collect();
    assert_eq!(told_apart.len(), results.len(), "{sarif:#}");
    assert_eq!(json(&form("sarif")), sarif, "a later run has the same fingerprints");
    let missing = results.iter().find(|it| it["ruleId"] == "drift-missing").unwrap();
    assert_eq!(missing["locations"][0]["physicalLocation"]["region"]["startLine"], 17);
    let rules = sarif["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
    assert_eq!(rules.len(), 5);
    for rule in rules {
        for text in ["shortDescription", "fullDescription", "help"] {
            assert!(rule[text]["text"].as_str().is_some_and(|it| !it.is_empty()), "{rule:#}");
        }
    }

    let junit = form("junit");
    let head = "<testsuite name=\"pgconverge drift\" tests=\"10\" failures=\"9\">";
    assert!(junit.contains(head), "{junit}");
    let failure = "type=\"changed\">schema/schema.toml:2\ncolumn.title.not_null: declared true";
    assert!(junit.contains(failure), "{junit}");

    let markdown = form("markdown");
    let section = "<details><summary>missing <code>table public.authors</code></summary>";
    assert!(markdown.contains(section), "{markdown}");
    assert!(
        markdown.contains("declared `true` → live nothing (`schema/schema.toml:7`)"),
        "{markdown}"
    );

    let chat = json(&form("chat"));
    let text = chat["text"].as_str().unwrap();
    assert!(text.contains("is not as its files say: 2 missing, 3 extra"), "{text}");
    assert!(text.contains("• changed `table public.books` (schema/schema.toml:2)"), "{text}");
    assert!(text.contains("check.not_valid: declared nothing → live true"), "{text}");
    assert_eq!(chat.as_object().unwrap().len(), 1);
}

#[test]
fn reports_are_written_beside_what_is_shown() {
    let (project, database) = scene();
    let reports = ["--report", "prometheus=drift.prom", "--report", "json=drift.json"];
    let arguments = [&["drift"][..], &reports].concat();
    project.run_on(&database, &arguments).exits(2).prints(&["- missing: table public.authors"]);
    assert_eq!(
        json(&fs::read_to_string(project.path("drift.json")).unwrap())["counts"]["extra"],
        3
    );
    let metrics = fs::read_to_string(project.path("drift.prom")).unwrap();
    let of = format!("database=\"{}\"", database.name());
    for line in [
        format!("pgconverge_drift_success{{{of}}} 1"),
        format!("pgconverge_drift_objects{{{of},class=\"missing\"}} 2"),
        format!("pgconverge_drift_objects{{{of},class=\"unmanaged\"}} 1"),
        format!("pgconverge_drift_objects_by_kind{{{of},class=\"invalid\",kind=\"index\"}} 1"),
        "# TYPE pgconverge_drift_duration_seconds gauge".to_owned(),
    ] {
        assert!(metrics.lines().any(|it| it == line), "{line}\n{metrics}");
    }
    assert_is_exposition(&metrics);
    // Whoever collects it is another account.
    let mode = fs::metadata(project.path("drift.prom")).unwrap().permissions().mode();
    assert_eq!(mode & 0o444, 0o444, "{mode:o}");
    let left: Vec<_> =
        fs::read_dir(project.path("")).unwrap().map(|it| it.unwrap().file_name()).collect();
    assert!(!left.iter().any(|it| it.to_string_lossy().starts_with(".tmp")), "{left:?}");

    // A run that fails says so, and leaves the last report of what differs.
    let mut failing = project.command(&arguments);
    failing.args(["--database-url", "postgres://nobody@127.0.0.1:1/gone"]);
    Ran::of(&mut failing).exits(1);
    let metrics = fs::read_to_string(project.path("drift.prom")).unwrap();
    assert!(metrics.contains("pgconverge_drift_success{database=\"gone\"} 0"), "{metrics}");
    assert!(!metrics.contains("pgconverge_drift_objects"), "{metrics}");
    assert_is_exposition(&metrics);
    assert_eq!(
        json(&fs::read_to_string(project.path("drift.json")).unwrap())["counts"]["extra"],
        3
    );

    let nowhere = ["drift", "--report", "json=nowhere/at/all.json"];
    project.run_on(&database, &nowhere).exits(1).says(&["pgconverge::drift::unwritable"]);
    project.run_on(&database, &["drift", "--report", "xml=a"]).exits(1).says(&["no format"]);
    project
        .run_on(&database, &["drift", "--report", "json"])
        .exits(1)
        .says(&["a format and a file"]);
}

/// Each sample is of a family that was named before it, and its value is a number.
fn assert_is_exposition(text: &str) {
    let mut named = String::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            named = rest.split(' ').next().unwrap().to_owned();
        } else if !line.starts_with("# HELP ") {
            let (name, rest) = line.split_once('{').unwrap();
            assert_eq!(name, named, "{text}");
            let (labels, value) = rest.rsplit_once("} ").unwrap();
            assert!(labels.split(',').all(|label| label.ends_with('"')), "{line}");
            assert!(value.parse::<f64>().is_ok(), "{line}");
        }
    }
    assert!(text.ends_with('\n'));
}

#[test]
fn without_a_difference_every_form_says_so() {
    let project = Project::with("[table.t.column]\na = \"integer\"\n");
    let database = Database::of(&project);
    let form =
        |format: &str| project.run_on(&database, &["drift", "--format", format]).succeeds().out;
    assert_eq!(json(&form("json"))["same"], true);
    assert_eq!(json(&form("sarif"))["runs"][0]["results"], serde_json::json!([]));
    assert!(form("junit").contains("tests=\"1\" failures=\"0\""));
    assert_eq!(form("markdown"), "Nothing to do: the database equals the files.\n");
    assert!(form("chat").contains("equals its files."));
    assert!(form("prometheus").contains(",class=\"missing\"} 0\n"));
}

// What is there, taken into the files.

fn text(project: &Project, file: &str) -> String {
    fs::read_to_string(project.path(file)).unwrap()
}

#[test]
fn what_is_there_is_accepted_with_comments_and_order_kept() {
    let (project, database) = scene();
    let ran = project.run_on(&database, &["drift", "--accept"]).exits(2).says(&[
        "Accepted: table public.books_backup",
        "Not accepted: index books_title_idx on public.books: no file can say",
        "Not accepted: table public.logs_2025_12: it is due by a window",
        "Not managed by this version, and not written: text search dictionary public.plain",
    ]);
    assert_eq!(ran.out, "schema/schema.toml\nschema/tables/books_backup.toml\n");
    let wanted = FILES
        .replace(
            "{ type = \"text\", not_null = true }   # as on the cover",
            "\"text\"   # as on the cover",
        )
        .replace(
            "books_price_check = \"price > 0\"",
            "books_price_check = { expression = \"price > 0\", not_valid = true }",
        )
        .replace("books_price_idx = [\"price\"]\n", "")
        .replace("[table.authors.column]\nname = \"text\"\n\n", "");
    project::assert_same(&text(&project, "schema/schema.toml"), &wanted);
    project.run_on(&database, &["drift"]).exits(2).prints(&[": 2 invalid."]);
    // What is left, the files say rightly.
    project.run_on(&database, &["maintain", "--confirm"]).succeeds();
    database.execute("UPDATE pg_index SET indisvalid = true WHERE NOT indisvalid");
    project.run_on(&database, &["drift"]).succeeds();
    project.run_on(&database, &["drift", "--accept"]).succeeds().says(&["Nothing to do"]);
    project::assert_same(&text(&project, "schema/schema.toml"), &wanted);
}

#[test]
fn single_objects_are_accepted() {
    let (project, database) = scene();
    let accept =
        |names: &[&str]| project.run_on(&database, &[&["drift", "--accept"][..], names].concat());
    accept(&["public.books_backup"]).succeeds().says(&[
        "Accepted: table public.books_backup",
        "Accepted: constraint books_backup_pkey on public.books_backup",
        "Accepted: index books_backup_idx on public.books_backup",
    ]);
    assert_eq!(text(&project, "schema/schema.toml"), FILES);
    let left = project.run_on(&database, &["drift"]).exits(2);
    assert!(!left.out.contains("books_backup"), "{}", left.out);
    accept(&["table public.books", "index books_price_idx on public.books"]).succeeds();
    let before = text(&project, "schema/schema.toml");
    assert!(before.contains("title = \"text\"") && before.contains("[table.authors"), "{before}");
    // A name that means nothing, and one that cannot be, write nothing of the others either.
    accept(&["public.authors", "public.bokos"]).exits(1).says(&[
        "pgconverge::drift::unknown_object",
        "nothing that differs is called `public.bokos`",
    ]);
    accept(&["public.authors", "table public.logs_2025_12"])
        .exits(1)
        .says(&["pgconverge::drift::not_acceptable", "which `pgconverge maintain` keeps"]);
    accept(&["public.authors", "index books_title_idx on public.books"])
        .exits(1)
        .says(&["no file can say that"]);
    assert_eq!(text(&project, "schema/schema.toml"), before);
}
