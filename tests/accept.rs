//! What is there, taken into the files: what is written, and what is left as it is.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "in a test, a panic is how a failure is told, also in what tests share"
)]

use std::fs;

use project::{Database, Project, role};
use serde_json::Value;

#[path = "support/postgres.rs"]
mod postgres;
#[path = "support/project.rs"]
mod project;
#[path = "support/server.rs"]
mod server;

fn text(project: &Project, file: &str) -> String {
    fs::read_to_string(project.path(file)).unwrap()
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn nothing_is_written_that_the_files_would_be_wrong_with() {
    let project = Project::with(
        "[table.a.column]\nx = \"integer\"\ny = \"integer\"\n[view.v]\nquery = \"SELECT y FROM a\"\n",
    );
    let database = Database::of(&project);
    database.execute("DROP VIEW v; ALTER TABLE a DROP COLUMN y");
    let before = text(&project, "schema/schema.toml");
    let alone = ["drift", "--accept", "table public.a"];
    project.run_on(&database, &alone).exits(1).says(&["nothing was written", "does not exist"]);
    assert_eq!(text(&project, "schema/schema.toml"), before);
    project.run_on(&database, &["drift", "--accept"]).succeeds();
    project.run_on(&database, &["drift"]).finds_nothing();
}

#[test]
fn when_one_file_cannot_be_written_none_is() {
    let project = Project::with("[table.a.column]\nx = \"integer\"\n");
    let database = Database::of(&project);
    database.execute("ALTER TABLE a ADD COLUMN y integer; CREATE TABLE z (n integer)");
    // Where the file of the new table would be, there is a directory.
    fs::create_dir_all(project.path("schema/tables/z.toml")).unwrap();
    let before = text(&project, "schema/schema.toml");
    project.run_on(&database, &["drift", "--accept"]).exits(1);
    assert_eq!(text(&project, "schema/schema.toml"), before);
    // Nor is a directory made for what is not written.
    database.execute("CREATE VIEW w AS SELECT 1 AS one");
    project.run_on(&database, &["drift", "--accept"]).exits(1);
    let left: Vec<_> = fs::read_dir(project.path("schema")).unwrap().flatten().collect();
    assert_eq!(left.len(), 2, "{left:?}");
}

#[test]
fn every_sort_of_change_by_hand_can_be_accepted() {
    let project = Project::phase_08();
    let database = Database::of(&project);
    database.execute(
        "ALTER TABLE bookings DROP COLUMN client_comment;
         ALTER TABLE clients ALTER COLUMN discount SET DEFAULT 5;
         ALTER SEQUENCE clients_id_seq INCREMENT 2;
         COMMENT ON TABLE staff IS 'those who work here';
         CREATE INDEX made_by_hand ON staff (name);
         CREATE FUNCTION by_hand() RETURNS integer LANGUAGE sql AS 'SELECT 1';
         CREATE VIEW of_staff AS SELECT name, by_hand() AS n FROM staff;
         ALTER TABLE services ALTER COLUMN duration TYPE bigint;
         GRANT SELECT ON staff TO PUBLIC;",
    );
    let before = project.run_on(&database, &["drift", "--format", "json"]).exits(2);
    assert!(json(&before.out)["differences"].as_array().unwrap().len() >= 7, "{}", before.out);
    project.run_on(&database, &["drift", "--accept"]).succeeds();
    project.run_on(&database, &["drift"]).finds_nothing();
    // Files from which the same comes to be.
    let copy = Database::of(&project);
    project.run_on(&copy, &["drift"]).finds_nothing();
}

#[test]
fn what_the_files_leave_alone_is_not_written() {
    let files = "[table.t.column]\na = \"integer\"\n\n[view.v]\nquery = \"SELECT 1 AS one\"\n\n\
                 [function.f]\nreturns = \"integer\"\nlanguage = \"sql\"\nbody = \"SELECT 1\"\n";
    let project = Project::with(files);
    let database = Database::of(&project);
    let somebody = role("owner");
    database.execute(&format!(
        "ALTER TABLE t OWNER TO {somebody}; GRANT SELECT ON t TO pg_monitor; COMMENT ON TABLE t IS 'x';
         ALTER VIEW v OWNER TO {somebody}; GRANT SELECT ON v TO pg_monitor;
         CREATE OR REPLACE VIEW v AS SELECT 1 AS one, 2 AS two;
         ALTER FUNCTION f OWNER TO {somebody}; REVOKE EXECUTE ON FUNCTION f FROM PUBLIC;
         CREATE OR REPLACE FUNCTION f() RETURNS integer LANGUAGE sql AS 'SELECT 2'"
    ));
    let ran = project.run_on(&database, &["drift"]).exits(2);
    assert!(!ran.out.contains("owner") && !ran.out.contains("privileges"), "{}", ran.out);
    project.run_on(&database, &["drift", "--accept"]).succeeds();
    let after = text(&project, "schema/schema.toml");
    assert!(after.contains("comment = \"x\"") && after.contains("SELECT 2"), "{after}");
    assert!(!after.contains("owner") && !after.contains("privileges"), "{after}");
    project.run_on(&database, &["drift"]).finds_nothing();

    // What they say, and is otherwise, is written: that alone.
    project.edit("schema/schema.toml", "[view.v]", "[view.v]\nowner = \"postgres\"");
    project.run_on(&database, &["drift"]).exits(2).prints(&["owner: declared postgres"]);
    project.run_on(&database, &["drift", "--accept"]).succeeds();
    let after = text(&project, "schema/schema.toml");
    assert!(after.contains(&format!("owner = \"{somebody}\"")), "{after}");
    assert!(!after.contains("privileges"), "{after}");
    project.run_on(&database, &["drift"]).finds_nothing();

    // An object that is new is written as `pull` would, and so is what counts where files say all.
    database.execute("CREATE TABLE u (a integer); GRANT SELECT ON u TO pg_monitor");
    project.run_on(&database, &["drift", "--accept"]).succeeds();
    let new = text(&project, "schema/tables/u.toml");
    assert!(new.contains("pg_monitor"), "{new}");
    let whole = ["drift", "--manage", "database", "--accept", "table public.t"];
    project.run_on(&database, &whole).succeeds();
    let after = text(&project, "schema/schema.toml");
    assert!(after.contains("pg_monitor"), "{after}");
}

const OVERLOADS: &str = "\
# Three times as much, once.
[function.\"over(int)\"]   # numbers
arguments = [\"a int\"]
returns   = \"int\"
language  = \"sql\"
sql_body  = \"RETURN a\"

[function.\"over(TYPE)\"]   # the other
arguments = [\"a TYPE\"]
returns   = \"TYPE\"
language  = \"sql\"
sql_body  = \"RETURN a\"
";

#[test]
fn an_overload_is_accepted_where_it_stands() {
    for other in ["text", "bigint", "int8"] {
        let both = OVERLOADS.replace("TYPE", other);
        let project = Project::with(&both);
        let database = Database::of(&project);
        accept_overloads(&project, &database, other);
        let after = text(&project, "schema/schema.toml");
        let (first, _) = both.split_once("\n\n").unwrap();
        let wanted = first.replace("RETURN a", "RETURN (a * 3)");
        project::assert_same(&after, &format!("{wanted}\ncomment   = \"numbers\"\n"));
    }
    // In a file each, that of the other first.
    let both = OVERLOADS.replace("TYPE", "varchar");
    let (first, second) = both.split_once("\n\n").unwrap();
    let project = Project::with(second);
    project.write("schema/z.toml", &format!("{first}\n"));
    let database = Database::of(&project);
    accept_overloads(&project, &database, "varchar");
    let wanted = first.replace("RETURN a", "RETURN (a * 3)");
    let wanted = format!("{wanted}\ncomment   = \"numbers\"\n");
    project::assert_same(&text(&project, "schema/z.toml"), &wanted);
    assert!(!project.path("schema/schema.toml").exists());
}

/// One gets another body, and then, from the state that is kept, a comment; in the end the other goes.
fn accept_overloads(project: &Project, database: &Database, other: &str) {
    project.run_on(database, &["drift"]).finds_nothing();
    for statement in [
        "CREATE OR REPLACE FUNCTION over(a int) RETURNS int LANGUAGE sql RETURN a * 3",
        "COMMENT ON FUNCTION over(int) IS 'numbers'",
        &format!("DROP FUNCTION over({other})"),
    ] {
        database.execute(statement);
        project.run_on(database, &["drift"]).exits(2).prints(&["1 "]);
        project.run_on(database, &["drift", "--accept"]).succeeds();
        project.run_on(database, &["drift"]).finds_nothing();
    }
}

#[test]
fn a_routine_with_other_argument_types_stays_in_its_place() {
    let project = Project::with(
        "# About f.\n[function.f]   # a\narguments = [\"a int\"]\nreturns = \"int\"\nlanguage = \"sql\"\n\
         sql_body = \"RETURN 1\"\n",
    );
    let database = Database::of(&project);
    database
        .execute("DROP FUNCTION f; CREATE FUNCTION f(a bigint) RETURNS int LANGUAGE sql RETURN 1");
    project.run_on(&database, &["drift", "--accept"]).succeeds();
    let after = text(&project, "schema/schema.toml");
    let wanted = "# About f.\n[function.f]   # a\narguments = [\"a bigint\"]\n";
    assert!(after.starts_with(wanted), "{after}");
    project.run_on(&database, &["drift"]).finds_nothing();
}

#[test]
fn errors_of_files_that_would_be_wrong_name_the_files_of_the_project() {
    let project = Project::with(
        "[table.a.column]\nx = \"integer\"\ny = \"integer\"\n[view.v]\nquery = \"SELECT y FROM a\"\n",
    );
    let database = Database::of(&project);
    database.execute("DROP VIEW v; ALTER TABLE a DROP COLUMN y");
    let ran = project.run_on(&database, &["drift", "--accept", "table public.a"]).exits(1);
    let ran = ran.says(&["nothing was written", "schema/schema.toml:"]);
    assert!(!ran.err.contains("/tmp"), "{}", ran.err);
    // A name without its schema is nearly right.
    let ran = project.run_on(&database, &["drift", "--accept", "a"]).exits(1);
    ran.says(&["did you mean `table public.a`?"]);
}

#[test]
fn comments_in_a_list_and_the_ends_of_lines_stay() {
    let files = "[enum.mood]\nvalues = [\n  \"a\", # first\n  \"b\", # last\n]\n\n\
                 [function.f]\nreturns = \"integer\"\nlanguage = \"sql\"\nbody = \"SELECT 1\"\n";
    let project = Project::with(&files.replace('\n', "\r\n"));
    let database = Database::of(&project);
    database.execute(
        "ALTER TYPE mood ADD VALUE 'ab' BEFORE 'b';
         CREATE OR REPLACE FUNCTION f() RETURNS integer LANGUAGE sql AS E'SELECT\\r\\n  2\\r\\n'",
    );
    project.run_on(&database, &["drift", "--accept"]).succeeds();
    let wanted = "[enum.mood]\nvalues = [\n  \"a\", # first\n  \"ab\",\n  \"b\", # last\n]\n\n\
                  [function.f]\nreturns = \"integer\"\nlanguage = \"sql\"\nbody = \"\"\"\nSELECT\n  2\n\"\"\"\n";
    project::assert_same(&text(&project, "schema/schema.toml"), &wanted.replace('\n', "\r\n"));
    project.run_on(&database, &["drift"]).finds_nothing();
    // The end of a line within a text is part of it: what has no CR in the database has none in the file.
    database
        .execute("CREATE OR REPLACE FUNCTION f() RETURNS integer LANGUAGE sql AS E'SELECT\\n3'");
    project.run_on(&database, &["drift", "--accept"]).succeeds();
    let after = text(&project, "schema/schema.toml");
    assert!(after.ends_with("body = '''\r\nSELECT\n3'''\r\n"), "{after:?}");
    project.run_on(&database, &["drift"]).finds_nothing();
}
