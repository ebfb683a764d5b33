//! Names that change: what a user is told, and what happens when both names are there, or neither.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "in a test, a panic is how a failure is told, also in what tests share"
)]

#[path = "support/postgres.rs"]
mod postgres;
#[path = "support/project.rs"]
mod project;
#[path = "support/server.rs"]
mod server;

use project::{Database, Project};

const BEFORE: &str = "[table.a.column]\nid = \"integer\"\nnote = \"text\"\n";
const RENAMED: &str = "[table.b]\nrenamed_from = \"a\"\n[table.b.column]\nid = \"integer\"\nremark = { type = \"text\", renamed_from = \"note\" }\n";

fn scene(after: &str) -> (Project, Database) {
    let project = Project::with(BEFORE);
    let database = Database::of(&project);
    database.execute("INSERT INTO a VALUES (1, 'one')");
    project.write("schema/schema.toml", after);
    (project, database)
}

#[test]
fn what_is_renamed_keeps_its_rows_and_the_key_may_stay() {
    let (project, database) = scene(RENAMED);
    let drift = project.run_on(&database, &["drift"]).exits(2).prints(&[
        "~ changed: table public.b",
        "name: declared b → live a",
        "column.remark.name: declared remark → live note",
    ]);
    // A desired state that comes from the cache knows of it as well.
    let again = project.run_on(&database, &["drift"]).exits(2);
    assert_eq!(again.out, drift.out);
    project.run_on(&database, &["plan", "--out", "plan.json"]).succeeds();
    project.run_on(&database, &["apply", "--plan", "plan.json", "--confirm"]).succeeds().prints(&[
        "ALTER TABLE public.a RENAME TO b;",
        "ALTER TABLE public.b RENAME COLUMN note TO remark;",
        "whoever still says public.a fails from then on",
    ]);
    database.execute("DO $$ BEGIN ASSERT (SELECT remark FROM b WHERE id = 1) = 'one'; END $$");
    project.run_on(&database, &["plan"]).finds_nothing();
    project.run_on(&database, &["plan"]).finds_nothing();
    // pull brings files up to date, and this is not what the catalog knows of.
    database.execute("ALTER TABLE b ADD COLUMN more integer");
    project.run_on(&database, &["pull", "public"]).succeeds();
    let text = std::fs::read_to_string(project.path("schema/schema.toml")).unwrap();
    assert!(text.contains("renamed_from = \"a\"") && text.contains("more"), "{text}");
    let fresh = Project::empty();
    fresh.run_on(&database, &["pull"]).succeeds();
    let files = std::fs::read_dir(fresh.path("schema")).unwrap();
    for file in files {
        let path = file.unwrap().path();
        if path.is_file() {
            assert!(!std::fs::read_to_string(path).unwrap().contains("renamed_from"));
        }
    }
}

#[test]
fn with_neither_name_there_it_is_new() {
    let (project, database) = scene(RENAMED);
    database.execute("DROP TABLE a");
    project
        .run_on(&database, &["apply", "--confirm"])
        .succeeds()
        .prints(&["CREATE TABLE public.b"]);
    project.run_on(&database, &["plan"]).finds_nothing();
}

#[test]
fn with_both_names_there_nothing_is_guessed() {
    let (project, database) = scene(RENAMED);
    database.execute("CREATE TABLE b (id integer, remark text)");
    let both = project.run_on(&database, &["plan"]).exits(1);
    both.says(&[
        "table public.b is said to have been table public.a",
        "schema.toml:2",
        "both_names",
    ]);
    // Whoever declares both has made the one and a new other.
    project.write(
        "schema/schema.toml",
        &format!("{RENAMED}[table.a.column]\nid = \"integer\"\nnote = \"text\"\n"),
    );
    project.run_on(&database, &["plan"]).finds_nothing();
    database.execute("ALTER TABLE b ADD COLUMN note text");
    project.run_on(&database, &["plan"]).exits(1).says(&["column remark of table public.b"]);
}

#[test]
fn a_name_that_something_else_has_is_refused_before_anything_happens() {
    let (project, database) = scene(RENAMED);
    database.execute("CREATE INDEX b ON a (id)");
    let refused = project.run_on(&database, &["apply", "--confirm"]).exits(1);
    refused.says(&["table public.a becomes table public.b", "already exists", "rename_refused"]);
}

#[test]
fn what_looks_renamed_is_pointed_out_and_strictly_refused_until_the_files_say() {
    let after = "[table.b.column]\nid = \"integer\"\nnote = \"text\"\n";
    let (project, database) = scene(after);
    let hint = "table public.b looks like table public.a under another name";
    project.run_on(&database, &["plan"]).succeeds().prints(&[hint, "renamed_from = \"a\""]);
    let before = database.dump();
    for command in
        [&["plan", "--strict"][..], &["apply", "--strict", "--confirm", "--allow", "data-loss"]]
    {
        project.run_on(&database, command).exits(3).says(&["Refused by --strict: something goes"]);
    }
    project::assert_same(&before, &database.dump());
    project.write("schema/schema.toml", &format!("[table.b]\nrenamed_from = false\n{after}"));
    let said = project.run_on(&database, &["plan", "--strict"]).succeeds();
    assert!(!said.out.contains(hint), "{}", said.out);

    project.write("schema/schema.toml", "[table.a.column]\nid = \"integer\"\nremark = \"text\"\n");
    let column = "column remark of table public.a looks like column note of table public.a";
    project.run_on(&database, &["plan", "--strict"]).exits(3).prints(&[column]);
    // Two that come could both be meant.
    project.write(
        "schema/schema.toml",
        "[table.a.column]\nid = \"integer\"\nremark = \"varchar(100)\"\nother = \"text\"\n",
    );
    project.run_on(&database, &["plan", "--strict"]).exits(3).prints(&[
        "column remark of table public.a looks like column note of table public.a",
        "column other of table public.a looks like column note of table public.a",
    ]);
    // A number is no text.
    project.write("schema/schema.toml", "[table.a.column]\nid = \"integer\"\nsize = \"bigint\"\n");
    let unlike = project.run_on(&database, &["plan", "--strict"]).succeeds();
    assert!(!unlike.out.contains("looks like"), "{}", unlike.out);
}

#[test]
fn a_table_with_most_of_the_columns_looks_renamed_and_all_that_do_are_named() {
    let table = |name: &str, columns: &str| {
        format!("[table.{name}.column]\nid = \"bigint\"\nmade = \"timestamptz\"\n{columns}")
    };
    let people = "name = \"text\"\nemail = \"text\"\n";
    let project =
        Project::with(&(table("people", people) + &table("rooms", "floor = \"integer\"\n")));
    let database = Database::of(&project);
    let strict = &["plan", "--strict"];
    // One column more.
    let after = table("persons", &format!("{people}phone = \"text\"\n"));
    project.write("schema/schema.toml", &after);
    let plan = project.run_on(&database, strict).exits(3);
    let plan =
        plan.prints(&["table public.persons looks like table public.people under another name"]);
    assert!(!plan.out.contains("rooms under"), "{}", plan.out);
    // What every table has tells nothing.
    project.write("schema/schema.toml", &table("orders", "amount = \"numeric\"\n"));
    let plan = project.run_on(&database, strict).succeeds();
    assert!(!plan.out.contains("looks like"), "{}", plan.out);
    database.execute(
        "CREATE TABLE folk (id bigint, made timestamptz, name text, email text, age integer)",
    );
    project.write("schema/schema.toml", &after);
    project.run_on(&database, strict).exits(3).prints(&[
        "table public.persons looks like table public.folk, or table public.people under another name",
        "renamed_from = \"folk\", or \"people\"",
    ]);
}

#[test]
fn a_range_type_that_was_renamed_by_hand_gets_the_names_of_what_comes_with_it() {
    let of = |name: &str, diff: &str| {
        format!(
            "[range_type.{name}]\nsubtype = \"float8\"\nmultirange = \"many\"\n{diff}[table.t.column]\nduring = \"{name}\"\n"
        )
    };
    let project = Project::with(&of("fr", ""));
    let database = Database::of(&project);
    database.execute("INSERT INTO t VALUES ('[1,2)'); ALTER TYPE fr RENAME TO span");
    project.write("schema/schema.toml", &of("span", ""));
    project.run_on(&database, &["apply", "--confirm"]).succeeds().prints(&["RENAME TO %I"]);
    database.execute("DO $$ BEGIN ASSERT (SELECT during = span(1, 2) FROM t); END $$");
    project.run_on(&database, &["plan"]).finds_nothing();
    database.execute("ALTER TYPE span RENAME TO reach");
    project.write("schema/schema.toml", &of("reach", "subtype_diff = \"float8mi\"\n"));
    project.run_on(&database, &["apply", "--confirm"]).succeeds();
    database.execute("DO $$ BEGIN ASSERT (SELECT during = reach(1, 2) FROM t); END $$");
    project.run_on(&database, &["plan"]).finds_nothing();
}

#[test]
fn a_window_of_partitions_stays_with_its_renamed_table() {
    let window = "partition_by = \"range (id)\"\n[table.NAME.partitions]\nevery = \"10\"\nname = \"a_{N}\"\nahead = 1\n[table.NAME.column]\nid = \"bigint\"\n";
    let table = |head: &str, name: &str| format!("{head}{}", window.replace("NAME", name));
    let project = Project::with(&table("[table.a]\n", "a"));
    let database = Database::of(&project);
    database.execute("INSERT INTO a VALUES (5)");
    project.run_on(&database, &["apply", "--confirm"]).succeeds();
    project.write("schema/schema.toml", &table("[table.b]\nrenamed_from = \"a\"\n", "b"));
    let plan = project.run_on(&database, &["apply", "--confirm"]).succeeds();
    assert!(!plan.out.contains("DROP") && !plan.out.contains("CREATE"), "{}", plan.out);
    project.run_on(&database, &["plan"]).finds_nothing();
}
