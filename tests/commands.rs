//! The program as a user has it: files, a database, a command line, an exit code.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "in a test, a panic is how a failure is told, also in what tests share"
)]

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

use serde_json::Value;

#[path = "support/postgres.rs"]
mod postgres;
#[path = "support/project.rs"]
mod project;
#[path = "support/server.rs"]
mod server;

use project::{Database, Project, Ran, assert_same, role};

// The main job.

#[test]
fn with_no_database_named_the_development_server_is_used() {
    let project = Project::phase_08();
    let run = |arguments: &[&str]| project.run(arguments);
    let ran = run(&["apply", "--confirm"]).succeeds();
    assert!(
        ran.err.starts_with("No database is named: using the development server"),
        "{}",
        ran.err
    );
    assert!(ran.err.trim_end().ends_with("the database equals the files."), "{}", ran.err);
    // Its data stay when it stops.
    run(&["plan"]).finds_nothing();
    run(&["drift"]).finds_nothing();

    let server = Development::up(&project);
    let database = Database::at(&server.address);
    assert_phase_08(&database);
    converges_after_changes_by_hand(&database, &run);
    refuses_to_lose_data(&database, &run);
}

#[test]
fn a_database_that_is_named_is_used() {
    let project = Project::phase_08();
    let database = Database::new();
    let run = |arguments: &[&str]| project.run_on(&database, arguments);
    let ran = run(&["apply", "--confirm"]).succeeds();
    assert!(ran.err.trim_end().ends_with("the database equals the files."), "{}", ran.err);
    run(&["plan"]).finds_nothing();
    run(&["drift"]).finds_nothing();
    assert_phase_08(&database);
    converges_after_changes_by_hand(&database, &run);
    refuses_to_lose_data(&database, &run);
    assert!(!project.path(".pgconverge/development").exists(), "a development server was made");
}

#[test]
fn the_variables_of_libpq_name_a_database() {
    let project = Project::phase_08();
    let database = Database::of(&project);
    let (host, _) = database.address.strip_prefix("host=").unwrap().split_once(' ').unwrap();
    let mut command = project.command(&["plan", "--as-of", project::DAY]);
    command.env("PGHOST", host).env("PGUSER", "postgres").env("PGDATABASE", database.name());
    Ran::of(&mut command).finds_nothing();
    let mut command = project.command(&["plan", "--as-of", project::DAY]);
    Ran::of(command.env("DATABASE_URL", &database.address)).finds_nothing();
}

#[test]
fn check_says_what_lint_rules_find() {
    let project = Project::phase_08();
    project.run(&["check"]).succeeds().prints(&["no findings"]);
    let allowed = "status IN ('sent', 'delivered', 'read', 'failed')";
    project.edit("schema/messages.toml", allowed, "status IN ('sent', 'failed', NULL)");
    let ran = project.run(&["check"]).exits(2).prints(&[
        "check-never-fails",
        "constraint messages_status_check on public.messages: no row can fail it",
        "schema/messages.toml:",
        "help: remove what makes it true or unknown",
        ": 1 error.",
    ]);
    assert!(!ran.out.contains('\u{1b}'), "{}", ran.out);
    let ran = project.run(&["check", "--format", "json"]).exits(2);
    let found: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(found["findings"][0]["rule"], "check-never-fails");
    assert_eq!(found["findings"][0]["severity"], "error");
    assert!(found["findings"][0]["line"].as_u64() > Some(1), "{}", ran.out);
    // A project may weigh it otherwise, and the file may allow it.
    project.write("pgconverge.toml", "[lint]\ncheck-never-fails = \"suggestion\"\n");
    project.run(&["check"]).succeeds().prints(&["1 suggestion"]);
    project.write("pgconverge.toml", "[lint]\ncheck-never-fail = \"off\"\n");
    project.run(&["check"]).exits(1).says(&["did you mean `check-never-fails`?"]);
    project.write("pgconverge.toml", "");
    project.write("schema/more.toml", "[lint.allow]\nmoney-typ = \"why not\"\n");
    let ran = project.run(&["check"]).exits(1);
    let ran = ran.says(&["pgconverge::lint::unknown_rule", "did you mean `money-type`?"]);
    assert!(ran.out.is_empty(), "{}", ran.out);
    project.write("schema/more.toml", "[lint.allow]\nmoney-type = \"\"\n");
    project.run(&["check"]).exits(1).says(&["`money-type` is allowed without a reason"]);
}

#[test]
fn check_mends_what_can_go_without_harm() {
    let project = Project::phase_08();
    let text = fs::read_to_string(project.path("schema/companies.toml")).unwrap();
    let more = "
[table.companies_of_old]
primary_key = [\"id\"]
column.id   = \"bigint\"     # theirs

[table.companies_of_old.index]
old_id = [\"id\"]
";
    project.write("schema/companies.toml", &format!("{text}{more}"));
    let line = text.lines().count() + 7;
    let found = project.run(&["check"]).exits(2);
    found.prints(&["redundant-index", "`pgconverge check --fix` removes it", ": 1 warning."]);
    let ran = project.run(&["check", "--fix"]).succeeds().prints(&["no findings"]);
    let said = format!("schema/companies.toml:{line}: removed, redundant-index: index old_id");
    assert!(ran.err.contains(&said), "{}", ran.err);
    let kept = more.split_once("\n[table.companies_of_old.index]").unwrap().0;
    let mended = || fs::read_to_string(project.path("schema/companies.toml")).unwrap();
    assert_same(&format!("{text}{kept}"), &mended());
    let again = project.run(&["check", "--fix"]).succeeds();
    assert!(!again.err.contains("removed"), "{}", again.err);
    assert_same(&format!("{text}{kept}"), &mended());
}

#[test]
fn check_does_not_write_what_postgresql_refuses() {
    let project = Project::with(
        "[table.t]\nprimary_key = [\"id\"]\ncolumn.id = \"bigint\"\nindex.i = [\"id\"]\ncheck.c = \"nothing > 0\"\n",
    );
    let before = fs::read_to_string(project.path("schema/schema.toml")).unwrap();
    project.run(&["check", "--fix"]).exits(1).says(&["pgconverge::canonical::refused"]);
    assert_same(&before, &fs::read_to_string(project.path("schema/schema.toml")).unwrap());
}

#[test]
fn check_says_how_large_superfluous_indexes_are() {
    let project = Project::with(
        "[table.t]\nprimary_key = [\"id\"]\n[table.t.column]\nid = \"bigint\"\nb = \"bigint\"\n\
         [table.t.index]\ni = [\"b\"]\nj = [\"b\", \"id\"]\n",
    );
    let database = Database::new();
    let sizes = ["check", "--sizes"];
    // A database that does not have it yet has nothing to say.
    let ran = project.run_on(&database, &sizes).exits(2).prints(&["begins with the same columns"]);
    assert!(!ran.out.contains("it takes"), "{}", ran.out);
    project.apply_to(&database);
    database.execute("INSERT INTO t SELECT n, n FROM generate_series(1, 5000) n");
    let size = database.ask("SELECT pg_size_pretty(pg_relation_size('i'))");
    let ran = project.run_on(&database, &sizes).exits(2);
    ran.prints(&[&format!("begins with the same columns; it takes {size}")]);
}

#[test]
fn findings_have_the_forms_that_others_read() {
    let project = Project::with(
        "[table.t]\nprimary_key = [\"id\"]\n[table.t.column]\nid = \"bigint\"\nb = \"money\"\nc = \"json\"\n\
         [table.t.index]\ni = [\"id\"]\n",
    );
    let report = |format: &str| project.run(&["check", "--format", format]).exits(2).out;
    let sarif: Value = serde_json::from_str(&report("sarif")).unwrap();
    let schema = include_str!("support/sarif-2.1.0.schema.json");
    let schema = jsonschema::validator_for(&serde_json::from_str(schema).unwrap()).unwrap();
    let wrong: Vec<String> = schema.iter_errors(&sarif).map(|error| error.to_string()).collect();
    assert!(wrong.is_empty(), "{wrong:?}\n{sarif:#}");
    assert!(!schema.is_valid(&serde_json::json!({ "version": "2.1.0", "runs": [{}] })));
    let run = &sarif["runs"][0];
    assert_eq!(run["results"].as_array().unwrap().len(), 3);
    assert_eq!(run["results"][0]["ruleId"], "money-type");
    assert_eq!(run["results"][1]["level"], "note");
    let place = &run["results"][2]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "schema/schema.toml");
    assert_eq!(place["region"]["startLine"], 8);
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let text = rules.iter().find(|rule| rule["id"] == "json-type").unwrap();
    assert!(text["fullDescription"]["text"].as_str().unwrap().contains("`jsonb`"), "{text}");
    let gist = |name: &str| {
        rules.iter().find(|rule| rule["id"] == name).unwrap()["shortDescription"]["text"].clone()
    };
    let first = "`json` keeps the text as it came, blanks, order and repeated keys included, and parses it with each use.";
    assert_eq!(gist("json-type"), first);
    let hashes: std::collections::BTreeSet<String> = run["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["partialFingerprints"]["primaryLocationLineHash"].to_string())
        .collect();
    assert_eq!(hashes.len(), 3, "{run:#}");

    let junit = report("junit");
    assert!(
        junit.contains("<testsuite name=\"pgconverge check\" tests=\"3\" failures=\"2\">"),
        "{junit}"
    );
    assert!(junit.contains("classname=\"schema/schema.toml:8\""), "{junit}");
    let markdown = report("markdown");
    assert!(markdown.starts_with("### Lint: 2 warnings, 1 suggestion\n"), "{markdown}");
    assert!(markdown.contains("| warning | `money-type` | schema/schema.toml:5 |"), "{markdown}");
    let github = report("github");
    let command = "::warning file=schema/schema.toml,line=5,title=money-type::";
    assert!(github.starts_with(command) && github.contains("\n::notice file="), "{github}");
    let json: Value = serde_json::from_str(&report("json")).unwrap();
    let fixable = json["findings"].as_array().unwrap().iter().map(|one| one["fixable"] == true);
    assert_eq!(fixable.collect::<Vec<_>>(), [false, false, true]);
}

#[test]
fn every_code_has_a_page() {
    let project = Project::empty();
    let page = project.run(&["explain", "pgconverge::desired::unknown_key"]).succeeds();
    page.prints(&[
        "What it means: a key or section that does not exist there.",
        "What to do: take",
    ]);
    let rule = project.run(&["explain", "redundant-index"]).succeeds();
    let rule = rule.prints(&["redundant-index\n\n*warning.*\n", "`--fix` removes an index over"]);
    assert!(!rule.out.contains("row-security-off"), "{}", rule.out);
    let all = project.run(&["explain"]).succeeds();
    for code in all.out.lines().map(|line| line.split("  ").next().unwrap()) {
        project.run(&["explain", code]).succeeds().prints(&[&format!("{code}\n\n")]);
    }
    all.prints(&["pgconverge::desired::not_toml  ", "json-type  lint rule: suggestion"]);
    let unknown = project.run(&["explain", "desired::unknown_kye"]).exits(1);
    unknown.says(&["did you mean `pgconverge::desired::unknown_key`?"]);
}

#[test]
fn checks_are_where_the_settings_say() {
    let project = Project::with("[table.t]\nprimary_key = [\"id\"]\ncolumn.id = \"bigint\"\n");
    let check = |name: &str| {
        format!(
            "[check.{name}]\ndescription = \"One\"\n[[check.{name}.expect]]\nsql = \"SELECT 1\"\ncount = 1\n"
        )
    };
    project.write("elsewhere/a.toml", &check("of_the_top"));
    project.write("staging/a.toml", &check("of_staging"));
    let settings = "checks = \"elsewhere\"\n[environment.staging]\nchecks = \"staging\"\n";
    project.write("pgconverge.toml", settings);
    let database = Database::of(&project);
    project.run_on(&database, &["verify"]).succeeds().prints(&["of_the_top"]);
    let ran = project.run_on(&database, &["verify", "--environment", "staging"]).succeeds();
    assert!(!ran.prints(&["of_staging"]).out.contains("of_the_top"));
    let ran = project.run_on(&database, &["verify", "--checks", "staging"]).succeeds();
    ran.prints(&["of_staging"]);
}

#[test]
fn a_wrong_body_of_a_routine_is_not_planned() {
    let project = Project::phase_08();
    let database = Database::of(&project);
    let before = database.dump();
    let file = "schema/functions/statistics.toml";
    project.edit(file, "SELECT c.relname::text,", "SELECT c.tablename::text,");
    project.run(&["check"]).exits(2).prints(&[
        "routine-body",
        "get_database_stats(): column c.tablename does not exist (SQLSTATE 42703)",
        "schema/functions/statistics.toml:",
        ": 1 error.",
    ]);
    // Others than these two are about the database that there is; what they keep is not taken for right.
    project.run_on(&database, &["drift"]).exits(2);
    for arguments in [&["plan"][..], &["apply", "--confirm", "--allow", "data-loss"], &["plan"]] {
        let ran = project.run_on(&database, arguments).exits(1);
        let ran = ran.says(&["pgconverge::lint::routine_body", "c.tablename", "statistics.toml:"]);
        assert!(ran.out.is_empty(), "{}", ran.out);
    }
    assert_same(&before, &database.dump());
    // With leave for everything it goes in; where nothing is to be done, it is said and no more.
    let other = Database::new();
    project.run_on(&other, &["apply", "--confirm", "--allow", "all"]).succeeds();
    let plan = project.run_on(&other, &["plan", "--exit-code"]).succeeds();
    plan.says(&["bodies of routines are wrong"]);
    // A project may weigh it otherwise, or allow it.
    project.write("pgconverge.toml", "[lint]\nroutine-body = \"warning\"\n");
    project.run_on(&database, &["plan"]).succeeds().prints(&["c.tablename"]);
    project.write("pgconverge.toml", "");
    project.run_on(&database, &["plan"]).exits(1).says(&["pgconverge::lint::routine_body"]);
    let table = "[function.get_database_stats]\n";
    let allow = "lint.allow = { \"routine-body\" = \"the view is older there\" }\n";
    project.edit(file, table, &format!("{table}{allow}"));
    project.run_on(&database, &["plan"]).succeeds().prints(&["c.tablename"]);
    // What was found to be right needs no server to be found again.
    let nowhere = ["plan", "--shadow-url", "host=/nowhere"];
    project.run_on(&database, &nowhere).succeeds().prints(&["c.tablename"]);
    project.run_on(&database, &[&nowhere[..], &["--no-cache"]].concat()).exits(1);
    // Not by `check` either, and not what nobody was to look for.
    project.edit(file, "c.tablename::text", "c.relnam::text");
    project.write("pgconverge.toml", "[lint]\nroutine-body = \"off\"\n");
    project.run(&["check"]).succeeds();
    project.write("pgconverge.toml", "");
    project.run_on(&database, &nowhere).exits(1);
    project.run(&["check"]).succeeds();
    project.run_on(&database, &nowhere).succeeds().prints(&["c.relnam"]);
}

#[test]
fn pull_keeps_what_is_allowed() {
    let project = Project::phase_08();
    let database = Database::of(&project);
    database.execute("ALTER TABLE companies ADD COLUMN note text");
    project.run_on(&database, &["pull"]).succeeds();
    let text = fs::read_to_string(project.path("schema/companies.toml")).unwrap();
    assert!(text.contains("note"), "{text}");
    assert!(text.contains("redundant-index = \"rolled out so"), "{text}");
}

/// All of Phase 0.8, and the window of partitions as of [`project::DAY`].
fn assert_phase_08(database: &Database) {
    let tables = "SELECT count(*) FROM pg_class
                  WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
                    AND NOT relispartition";
    assert_eq!(database.count(tables), 13);
    let indexes = "SELECT count(*) FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid
                   WHERE t.relnamespace = 'public'::regnamespace AND NOT t.relispartition";
    assert_eq!(database.count(indexes), 76);
    let triggers = "SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal";
    assert_eq!(database.count(triggers), 11);
    let routines = "SELECT count(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace";
    assert_eq!(database.count(routines), 12);
    assert_eq!(database.count("SELECT count(*) FROM pg_policy"), 2);
    let partitions = "SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class
                      WHERE relispartition AND relkind = 'r'";
    assert_eq!(
        database.ask(partitions),
        "messages_2025_11 messages_2025_12 messages_2026_01 messages_2026_02 messages_2026_03 \
         messages_2026_04"
    );
}

fn converges_after_changes_by_hand(database: &Database, run: &dyn Fn(&[&str]) -> Ran) {
    database.execute(
        "ALTER TABLE bookings DROP COLUMN client_comment;
         ALTER TABLE clients ALTER COLUMN discount SET DEFAULT 5;
         CREATE INDEX made_by_hand ON staff (name);",
    );
    run(&["drift"]).exits(2).prints(&[
        "changed: table public.bookings",
        "column.client_comment: declared text → live nothing",
        "changed: table public.clients",
        "column.discount.default: declared 0 → live 5",
        "extra: index made_by_hand on public.staff",
    ]);
    run(&["plan"]).succeeds().prints(&[
        "ADD COLUMN client_comment text",
        "ALTER COLUMN discount SET DEFAULT 0",
        "DROP INDEX public.made_by_hand",
    ]);
    run(&["plan", "--exit-code"]).exits(2);
    run(&["apply", "--confirm"]).succeeds().says(&["the database equals the files."]);
    run(&["plan", "--exit-code"]).finds_nothing();
    run(&["drift"]).finds_nothing();
}

fn refuses_to_lose_data(database: &Database, run: &dyn Fn(&[&str]) -> Ran) {
    database.execute(
        "INSERT INTO companies (id, name, yclients_company_id) VALUES (1, 'Salon', 10);
         ALTER TABLE companies ADD COLUMN note text;
         UPDATE companies SET note = 'kept';
         CREATE TABLE notes (line text);
         INSERT INTO notes VALUES ('kept');",
    );
    run(&["plan"]).succeeds().prints(&["need leave: --allow data-loss"]);
    run(&["apply", "--confirm"]).exits(3).says(&["Nothing was done", "--allow data-loss"]);
    assert_eq!(database.ask("SELECT note FROM companies"), "kept");
    assert_eq!(database.ask("SELECT line FROM notes"), "kept");
    run(&["apply", "--confirm", "--allow", "data-loss"]).succeeds();
    assert_eq!(database.ask("SELECT to_regclass('notes')::text"), "");
    assert_eq!(database.ask("SELECT name FROM companies"), "Salon");
    run(&["drift"]).finds_nothing();
}

#[test]
fn without_confirm_apply_changes_nothing() {
    let project = Project::phase_08();
    let database = Database::new();
    let before = database.dump();
    project
        .run_on(&database, &["apply"])
        .succeeds()
        .prints(&["create table public.bookings"])
        .says(&["Nothing was done"]);
    assert_same(&before, &database.dump());
    // Nor does a plan, nor drift.
    project.run_on(&database, &["plan"]).succeeds();
    project.run_on(&database, &["drift"]).exits(2);
    assert_same(&before, &database.dump());
}

#[test]
fn rows_stay_when_their_table_changes() {
    let project = Project::phase_08();
    let database = Database::of(&project);
    database.execute(ROWS);
    let rows =
        "SELECT md5(string_agg(t::text, '|')) FROM (SELECT id, status, duration FROM bookings) t";
    let before = database.ask(rows);
    project.edit(
        "schema/bookings.toml",
        "duration            = { type = \"integer\"",
        "duration            = { type = \"bigint\"",
    );
    project.edit("schema/bookings.toml", "client_comment      = \"text\"\n", "client_comment      = \"text\"\nroom                = { type = \"varchar(20)\", not_null = true, default = \"'1'\" }\n");
    project.edit("schema/bookings.toml", "duration > 0", "duration > 5");
    project.edit("schema/messages.toml", "[\"phone\"]", "[\"phone\", \"direction\"]");
    project.apply_to(&database);
    project.run_on(&database, &["drift"]).finds_nothing();
    assert_eq!(database.ask(rows), before);
    assert_eq!(database.ask("SELECT room FROM bookings"), "1");
    assert_eq!(database.count("SELECT count(*) FROM messages"), 2);
}

// Formats.

#[test]
fn json_is_for_programs() {
    let project = Project::phase_08();
    let database = Database::new();
    let parse = |ran: Ran| -> Value { serde_json::from_str(&ran.out).unwrap() };
    let plan = parse(project.run_on(&database, &["plan", "--format", "json"]).succeeds());
    assert_eq!(plan["format"], 1);
    assert_eq!(plan["empty"], false);
    let changes = plan["changes"].as_array().unwrap();
    let table = changes.iter().find(|change| change["object"] == "table public.bookings").unwrap();
    assert_eq!(table["action"], "create");
    assert_eq!(table["declared_at"], "schema/bookings.toml:1");
    let steps: Vec<&Value> = plan["transactions"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|transaction| transaction["steps"].as_array().unwrap())
        .collect();
    let numbers: Vec<u64> = steps.iter().map(|step| step["number"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (1..=steps.len() as u64).collect::<Vec<_>>());
    assert!(steps.iter().all(|step| step["sql"].as_str().is_some_and(|sql| !sql.is_empty())));

    project.apply_to(&database);
    let plan = parse(project.run_on(&database, &["plan", "--format", "json"]).succeeds());
    assert_eq!(plan["empty"], true);
    database.execute("ALTER TABLE clients ALTER COLUMN discount SET DEFAULT 5");
    let drift = parse(project.run_on(&database, &["drift", "--format", "json"]).exits(2));
    let difference = &drift["differences"][0]["attributes"][0];
    assert_eq!(difference["path"], "column.discount.default");
    assert_eq!((&difference["declared"], &difference["live"]), (&"0".into(), &"5".into()));
    assert!(drift.get("transactions").is_none());
}

#[test]
fn markdown_is_for_a_pull_request() {
    let project = Project::phase_08();
    let database = Database::of(&project);
    database.execute("ALTER TABLE clients ADD COLUMN note text");
    project.run_on(&database, &["plan", "--format", "markdown"]).succeeds().prints(&[
        "### Plan: 1 to change\n",
        "> [!CAUTION]",
        "<details><summary>✏️ change <code>table public.clients</code> ⛔ loses data: needs leave</summary>",
        "```sql\n-- step 1\nALTER TABLE public.clients DROP COLUMN note;\n```",
        "</details>",
    ]);
    project
        .run_on(&database, &["drift", "--format", "markdown"])
        .exits(2)
        .prints(&["**Drift of `", "`:** 1 changed."]);
}

#[test]
fn sql_goes_through_psql() {
    let project = Project::phase_08();
    let database = Database::new();
    let script = project.run_on(&database, &["plan", "--format", "sql"]).succeeds().out;
    database.psql(&script);
    project.run_on(&database, &["plan"]).finds_nothing();

    // The same from a database that is not empty.
    database.execute(
        "ALTER TABLE bookings DROP COLUMN cost, DROP CONSTRAINT bookings_status_check;
         DROP FUNCTION get_messages_stats;
         DROP TRIGGER trigger_update_staff_updated_at ON staff;
         ALTER POLICY whatsapp_auth_all ON whatsapp_auth USING (false);",
    );
    let script = project.run_on(&database, &["plan", "--format", "sql"]).succeeds().out;
    database.psql(&script);
    project.run_on(&database, &["plan"]).finds_nothing();
}

#[test]
fn the_desired_state_as_a_script_makes_it_in_a_new_database() {
    let project = Project::phase_08();
    let script = Ran::of(&mut project.command(&["sql", "--as-of", project::DAY])).succeeds().out;
    let database = Database::new();
    database.psql(&script);
    project.run_on(&database, &["plan"]).finds_nothing();
    Database::of(&project).assert_equals(&database);
}

// From a database to files.

#[test]
fn what_is_pulled_plans_to_nothing_and_makes_the_same_again() {
    let project = Project::phase_08();
    let database = Database::of(&project);
    let pulled = project.run_on(&database, &["pull", "--schema", "pulled"]).succeeds();
    assert!(!pulled.out.is_empty() && pulled.out.lines().all(|line| line.starts_with("pulled/")));
    assert!(pulled.out.lines().all(|line| project.path(line).is_file()));
    project.run_on(&database, &["plan", "--schema", "pulled", "--exit-code"]).finds_nothing();

    let copy = Database::new();
    project.run_on(&copy, &["apply", "--confirm", "--schema", "pulled"]).succeeds();
    database.assert_equals(&copy);
    // And that is what the files of the project say.
    project.run_on(&copy, &["drift"]).finds_nothing();
}

#[test]
fn every_routine_of_phase_08_can_be_called() {
    const CALLS: [(&str, &str); 9] = [
        (
            "cleanup_expired_appointments_cache",
            "SELECT deleted_count = 1 FROM cleanup_expired_appointments_cache()",
        ),
        (
            "cleanup_expired_dialog_contexts",
            "SELECT deleted_count = 1 FROM cleanup_expired_dialog_contexts()",
        ),
        (
            "cleanup_expired_whatsapp_keys",
            "SELECT deleted_count = 1 FROM cleanup_expired_whatsapp_keys()",
        ),
        (
            "create_messages_partition",
            "SELECT create_messages_partition('2031-05-20') = 'messages_2031_05'",
        ),
        ("get_database_stats", "SELECT bool_or(table_name = 'bookings') FROM get_database_stats()"),
        ("get_messages_stats", "SELECT count(*) >= 7 FROM get_messages_stats()"),
        ("get_recent_messages", "SELECT count(*) = 2 FROM get_recent_messages('+7', 1)"),
        ("get_whatsapp_auth_stats", "SELECT total_keys = 1 FROM get_whatsapp_auth_stats()"),
        // The last, since it drops what has expired by the real clock.
        ("maintain_messages_partitions", "SELECT count(*) > 0 FROM maintain_messages_partitions()"),
    ];
    let project = Project::phase_08();
    let database = Database::of(&project);
    database.execute(ROWS);
    let routines = "SELECT string_agg(proname, ' ' ORDER BY proname) FROM pg_proc
                    WHERE pronamespace = 'public'::regnamespace AND prorettype <> 'trigger'::regtype";
    assert_eq!(database.ask(routines), CALLS.map(|(name, _)| name).join(" "));
    for (name, call) in CALLS {
        assert_eq!(database.ask(&format!("SELECT ({call})::text")), "true", "{name}");
    }
    // The other three are for triggers.
    let stamped = [
        ("companies", "name = 'x'"),
        ("whatsapp_auth", "creds = '{}'"),
        ("whatsapp_keys", "value = '{}'"),
    ];
    for (table, change) in stamped {
        database.execute(&format!("UPDATE {table} SET {change}"));
        let recent = format!("SELECT bool_and(updated_at > '2025-01-01')::text FROM {table}");
        assert_eq!(database.ask(&recent), "true", "{table}");
    }
}

/// A row for every table that a routine deals in.
const ROWS: &str = "
INSERT INTO companies (id, name, yclients_company_id, updated_at) VALUES (1, 'Salon', 10, '2020-01-01');
INSERT INTO clients (company_id, phone) VALUES (1, '+7');
INSERT INTO services (company_id, title, duration) VALUES (1, 'Cut', 30);
INSERT INTO staff (company_id, name) VALUES (1, 'Ann');
INSERT INTO bookings (company_id, client_id, service_id, staff_id, datetime, duration)
VALUES (1, 1, 1, 1, '2025-11-10 12:00Z', 30);
INSERT INTO messages (company_id, phone, direction, created_at)
VALUES (1, '+7', 'inbound', '2025-11-10 12:00Z'), (1, '+7', 'outbound', '2025-12-01 00:00Z');
INSERT INTO dialog_contexts (phone, company_id, expires_at) VALUES ('+7', 1, '2020-01-01');
INSERT INTO appointments_cache (company_id, cache_key, appointments, expires_at)
VALUES (1, 'k', '[]', '2020-01-01');
INSERT INTO whatsapp_auth (company_id, creds, updated_at) VALUES ('1', '{}', '2020-01-01');
INSERT INTO whatsapp_keys (company_id, key_type, key_id, value, updated_at, expires_at)
VALUES ('1', 'session', 'a', '{}', '2020-01-01', NULL), ('1', 'session', 'b', '{}', '2020-01-01', '2020-01-01');
";

// Rights.

#[test]
fn reading_needs_no_more_than_a_connection() {
    let project = Project::phase_08();
    let database = Database::of(&project);
    let reader = role("reader");
    let run = |arguments: &[&str]| {
        let address = database.address.replace("user=postgres", &format!("user={reader}"));
        let mut command = project.command(arguments);
        Ran::of(command.args(["--as-of", project::DAY, "--database-url", &address]))
    };
    run(&["plan"]).finds_nothing();
    run(&["drift"]).finds_nothing();
    database.execute("ALTER TABLE clients ALTER COLUMN discount SET DEFAULT 5");
    run(&["drift"]).exits(2).prints(&["column.discount.default"]);
    let before = database.dump();
    run(&["apply", "--confirm"]).exits(1).says(&[
        "pgconverge::preflight::rights",
        &format!("it belongs to postgres, of which {reader} is no member"),
        "nothing was done",
    ]);
    run(&["apply", "--confirm", "--no-preflight"]).exits(1).says(&[
        "SQLSTATE 42501",
        "must be owner of table clients",
        "nothing of the plan was kept",
    ]);
    assert_same(&before, &database.dump());
}

// What goes wrong.

#[test]
fn a_refused_connection_is_an_error() {
    let project = Project::phase_08();
    let url = "postgres://nobody@127.0.0.1:1/nothing";
    for command in ["plan", "apply", "drift", "pull"] {
        project
            .run(&[command, "--database-url", url])
            .exits(1)
            .says(&["127.0.0.1:1: Connection refused"]);
    }
    assert!(!project.path(".pgconverge").exists(), "the development server took its place");
}

#[test]
fn a_password_is_never_shown() {
    const PASSWORD: &str = "Rosebud%21";
    let project = Project::phase_08();
    let database = Database::of(&project);
    let (host, rest) = database.address.strip_prefix("host=").unwrap().split_once(' ').unwrap();
    let dbname = rest.rsplit('=').next().unwrap();
    let encoded = host.replace('/', "%2F");
    let urls = [
        // Refused, unknown, not there, malformed in several ways, and one that works.
        format!("postgres://u:{PASSWORD}@127.0.0.1:1/d"),
        format!("postgres://u:{PASSWORD}@host.invalid/d"),
        format!("postgres://u:{PASSWORD}@{encoded}/none"),
        format!("postgres://u:{PASSWORD}@127.0.0.1:nonsense/d"),
        format!("postgres://u:{PASSWORD}@127.0.0.1:1/d?sslmode=perhaps"),
        format!("postgres://u:{PASSWORD}@127.0.0.1:1/d?unknown=1"),
        format!("postgres://u:{PASSWORD}@127.0.0.1:1/d?sslrootcert=none&sslmode=verify-full"),
        format!("postgres://u:{PASSWORD}@[::1/d"),
        format!("postgres://u:{PASSWORD}%zz@127.0.0.1:1/d"),
        format!("mysql://u:{PASSWORD}@127.0.0.1:1/d"),
        format!("host=127.0.0.1 port=1 user=u password={PASSWORD} nonsense"),
        format!("host=127.0.0.1 port=1 user=u password='{PASSWORD}"),
        format!("host=127.0.0.1 port=1 user=u pasword={PASSWORD}"),
        format!("postgres://postgres:{PASSWORD}@{encoded}/{dbname}"),
    ];
    project.write("schema/more.toml", "[table.t.column]\na = \"integer\"\n");
    let reader = role("stranger");
    database.execute("CREATE TABLE t ()");
    let refused = format!("postgres://{reader}:{PASSWORD}@{encoded}/{dbname}");
    let hidden = |ran: &Ran| {
        for shown in [&ran.out, &ran.err] {
            assert!(!shown.contains("Rosebud"), "{}\n{}", ran.out, ran.err);
        }
    };
    for url in &urls {
        for arguments in [["plan", "--database-url", url], ["plan", "--shadow-url", url]] {
            if arguments[1] == "--shadow-url" && url.contains(dbname) {
                continue;
            }
            hidden(&project.run_on(&database, &["plan", "--no-cache", arguments[1], url]));
        }
        let mut command = project.command(&["drift"]);
        hidden(&Ran::of(command.env("DATABASE_URL", url)));
    }
    hidden(&project.run(&["apply", "--confirm", "--database-url", &refused]).exits(1));
    // A mistake next to it, in the command line or in the settings.
    hidden(&project.run(&["plan", "--database-url", &urls[0], "--nonsense"]).exits(1));
    hidden(&project.run(&[&format!("--database-ur={}", urls[0]), "plan"]).exits(1));
}

#[test]
fn a_password_in_the_settings_is_never_shown() {
    let project = Project::phase_08();
    // The mistake may be on the next line, or cut the value itself short.
    for mistake in ["nonsense = 1", "manage = 1 1", "manage = \"nothing\"", "ignore = [\""] {
        let url = "database_url = \"postgres://u:Rosebud@127.0.0.1:1/d\"";
        project.write("pgconverge.toml", &format!("{url}\n{mistake}\n"));
        let ran = project.run(&["plan"]).exits(1);
        assert!(!ran.err.contains("Rosebud"), "{}", ran.err);
    }
}

#[test]
fn what_is_unknown_is_an_error() {
    let project = Project::phase_08();
    for arguments in [&["plan", "--confrim"][..], &["paln"], &["plan", "--format", "yaml"], &[]] {
        let ran = project.run(arguments).exits(1);
        assert!(ran.out.is_empty() && !ran.err.is_empty());
    }
    project.run(&["--help"]).succeeds().prints(&["plan", "apply", "drift", "pull"]);
    Ran::of(&mut project.command(&["--version"])).succeeds().prints(&[env!("CARGO_PKG_VERSION")]);

    project.write("pgconverge.toml", "manage = \"schemas\"\nignored = [\"audit.*\"]\n");
    project.run(&["plan"]).exits(1).says(&["ignored", "pgconverge.toml:2", "`ignore`"]);
    project.write("pgconverge.toml", "lock_timeout = \"500ms\"\nlock_wait = \"soon\"\n");
    project.run(&["plan"]).exits(1).says(&["`soon` is not a span of time", "pgconverge.toml:2"]);
    project.run(&["apply", "--lock-wait", "5"]).exits(1).says(&["`5` is not a span of time"]);
    project.write("pgconverge.toml", "[environment.production]\nmanage = \"schemas\"\n");
    project
        .run(&["plan", "--environment", "prodution"])
        .exits(1)
        .says(&["prodution", "did you mean `production`?"]);
    assert!(!project.path(".pgconverge").exists(), "a server was started all the same");
}

#[test]
fn bad_files_touch_nothing() {
    let project = Project::phase_08();
    let database = Database::of(&project);
    let before = database.dump();
    let original = fs::read_to_string(project.path("schema/staff.toml")).unwrap();
    let cases = [
        ("not TOML", "[table.staff\n", "schema/staff.toml:1"),
        ("an unknown key", "[table.staff.columns]\nid = \"integer\"\n", "did you mean `column`"),
        ("an unknown type", "[table.staff.column]\nid = \"intger\"\n", "intger"),
        (
            "a key over nothing",
            "[table.staff]\nprimary_key = [\"no\"]\n[table.staff.column]\nid = \"integer\"\n",
            "no column no",
        ),
        ("twice the same", "[table.clients.column]\nid = \"integer\"\n", "schema/clients.toml"),
    ];
    for (what, text, shown) in cases {
        project.write("schema/staff.toml", text);
        for arguments in
            [&["apply", "--confirm", "--allow", "all"][..], &["plan"], &["drift"], &["check"]]
        {
            let ran = project.run_on(&database, arguments);
            assert_eq!(ran.code, Some(1), "{what}: {}\n{}", ran.out, ran.err);
            assert!(ran.err.contains(shown), "{what}, no {shown:?}: {}", ran.err);
            assert!(ran.err.contains("schema/staff.toml:"), "{what}: {}", ran.err);
            assert!(ran.out.is_empty(), "{what}: {}", ran.out);
        }
    }
    assert_same(&before, &database.dump());
    project.write("schema/staff.toml", &original);
    project.run_on(&database, &["plan"]).finds_nothing();
    project.run_on(&database, &["plan", "--schema", "nowhere"]).exits(1).says(&["nowhere"]);
}

// Time.

#[test]
fn the_window_of_phase_08_rolls() {
    let project = Project::phase_08();
    let database = Database::of(&project);
    database.execute(ROWS);
    let run = |as_of: &str, arguments: &[&str]| {
        let mut command = project.command(arguments);
        Ran::of(command.args(["--as-of", as_of, "--database-url", &database.address]))
    };
    let partitions = "SELECT string_agg(relname, ' ' ORDER BY relname)
                      FROM pg_inherits JOIN pg_class ON oid = inhrelid
                      WHERE inhparent = 'messages'::regclass";
    let months = |year: u32, months: std::ops::RangeInclusive<u32>| {
        let names = months.map(|month| format!("messages_{year}_{month:02}"));
        names.collect::<Vec<_>>().join(" ")
    };
    let first = [months(2025, 11..=12), months(2026, 1..=4)].join(" ");
    assert_eq!(database.ask(partitions), first);
    // December is kept for six months, and November is not.
    run("2026-06-01", &["drift"]).exits(2);
    run("2026-06-01", &["plan"]).succeeds().prints(&[
        "past the 6 months that are kept",
        "DETACH PARTITION public.messages_2025_11 CONCURRENTLY",
    ]);
    run("2026-06-01", &["apply", "--confirm"]).succeeds();
    let then = [months(2025, 12..=12), months(2026, 1..=11)].join(" ");
    assert_eq!(database.ask(partitions), then);
    run("2026-06-01", &["drift"]).finds_nothing();
    // Both rows are still there, wherever they are.
    let rows = "SELECT (SELECT count(*) FROM messages) + (SELECT count(*) FROM messages_2025_11)";
    assert_eq!(database.count(rows), 2);
    // A query on one month scans one partition.
    database.execute(
        "CREATE FUNCTION pg_temp.scanned() RETURNS bigint LANGUAGE plpgsql AS $$
         DECLARE line text; n bigint := 0;
         BEGIN
             FOR line IN EXPLAIN SELECT FROM messages
                         WHERE created_at >= '2026-03-01' AND created_at < '2026-04-01'
             LOOP n := n + (line LIKE '%on messages_2026_03%')::int
                         + 100 * (line ~ 'on messages_' AND line !~ 'messages_2026_03')::int;
             END LOOP;
             RETURN n;
         END $$",
    );
    assert_eq!(database.count("SELECT pg_temp.scanned()"), 1);
    // A look back brings it back.
    run("2025-11-09", &["apply", "--confirm"]).succeeds();
    run("2025-11-09", &["drift"]).finds_nothing();
    assert_eq!(database.count("SELECT count(*) FROM messages"), 2);
}

#[test]
fn maintain_keeps_windows_and_nothing_else() {
    let project = Project::phase_08();
    let database = Database::of(&project);
    database
        .execute("DROP INDEX idx_bookings_staff_id; ALTER TABLE messages ADD COLUMN extra text");
    let run = |as_of: &str, arguments: &[&str]| {
        let mut command = project.command(arguments);
        Ran::of(command.args(["--as-of", as_of, "--database-url", &database.address]))
    };
    run("2025-11-09", &["maintain", "--confirm"])
        .succeeds()
        .prints(&["Nothing to do", "2 other objects differ from the files"]);
    run("2026-06-01", &["maintain"]).succeeds().says(&["pgconverge maintain --confirm"]);
    run("2026-06-01", &["maintain", "--confirm"]).succeeds();
    run("2026-06-01", &["maintain", "--confirm"]).succeeds().prints(&["Nothing to do"]);
    let partitions = "SELECT count(*) FROM pg_inherits WHERE inhparent = 'messages'::regclass";
    assert_eq!(database.count(partitions), 12);
    run("2026-06-01", &["drift"]).exits(2).prints(&["idx_bookings_staff_id", "column.extra"]);
}

/// `pgconverge dev`, which keeps the development server up.
struct Development {
    process: Child,
    address: String,
}

impl Development {
    fn up(project: &Project) -> Self {
        let mut command = project.command(&["dev"]);
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut address = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut address).unwrap();
        Self { process, address: address.trim().to_owned() }
    }
}

impl Drop for Development {
    fn drop(&mut self) {
        // The server notices, and stops.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
