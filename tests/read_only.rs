//! A role that can only read: that may connect, and nothing else. What it sees is what a superuser sees; where it is
//! not, that is an error with the grant that is missing.

#![allow(
    clippy::unwrap_used,
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

use libtest_mimic::{Arguments, Trial};
use project::{Database, Project, Ran, role};

fn main() {
    majors::run_on(&["14", "18"]);
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(2);
    let kinds = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/kinds");
    let files = fs::read_dir(kinds).unwrap().map(|entry| entry.unwrap().path());
    let examples = files.filter(|path| path.extension().is_some_and(|it| it == "toml"));
    let mut trials: Vec<Trial> = examples.map(example).collect();
    let others: [(&str, fn()); 5] = [
        ("phase_08", phase_08),
        ("it_creates_nothing", it_creates_nothing),
        ("who_may_not_connect_is_told_the_grant", who_may_not_connect_is_told_the_grant),
        ("a_catalog_that_was_taken_away_is_named", a_catalog_that_was_taken_away_is_named),
        ("rows_that_may_not_be_read_are_an_error", rows_that_may_not_be_read_are_an_error),
    ];
    trials.extend(others.map(|(name, test)| {
        Trial::test(name, move || {
            test();
            Ok(())
        })
    }));
    libtest_mimic::run(&arguments, trials).exit();
}

/// A database, and a role that has nothing but CONNECT there.
struct Reader<'a> {
    project: &'a Project,
    address: String,
    name: String,
}

impl<'a> Reader<'a> {
    fn of(project: &'a Project, database: &Database) -> Self {
        let name = role("reader");
        database.execute(&format!(
            "REVOKE ALL ON DATABASE {database} FROM PUBLIC; REVOKE ALL ON SCHEMA public FROM PUBLIC;
             GRANT CONNECT ON DATABASE {database} TO {name}",
            database = database.name()
        ));
        let address = database.address.replace("user=postgres", &format!("user={name}"));
        Self { project, address, name }
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        let mut command = self.project.command(arguments);
        Ran::of(command.args(["--as-of", project::DAY, "--database-url", &self.address]))
    }
}

fn example(path: PathBuf) -> Trial {
    let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
    Trial::test(format!("kind/{name}"), move || {
        let project = Project::with(&fs::read_to_string(&path).unwrap());
        let database = Database::new();
        declare_roles(&project, &database);
        let all = ["--manage", "database"];
        let (apply, drift) = (["apply", "--confirm"], ["drift"]);
        let secret = ("WAREHOUSE_READER_PASSWORD", "secret");
        let mut applying = project.command_on(&database, &apply);
        Ran::of(applying.args(all).env(secret.0, secret.1)).succeeds();
        let reader = Reader::of(&project, &database);
        // Privileges of the schema were taken from everybody, which is a difference that the files know of.
        let run = |address: &str| {
            let mut command = project.command(&drift);
            let day = ["--as-of", project::DAY, "--database-url", address];
            Ran::of(command.args(day).args(all).env(secret.0, secret.1))
        };
        let (whole, seen) = (run(&database.address), run(&reader.address));
        let hidden = "Note: its options may not be read, so what user mapping";
        let rest: Vec<&str> = seen.out.lines().filter(|line| !line.starts_with(hidden)).collect();
        assert_eq!(rest.join("\n"), whole.out.trim_end(), "{}", seen.err);
        assert_eq!(seen.code, whole.code);
        assert_eq!(name == "user_mapping", seen.out.contains(hidden), "{}", seen.out);
        Ok(())
    })
}

/// Creates the roles that the files mention.
fn declare_roles(project: &Project, database: &Database) {
    let files = pgconverge::desired::read_files(&project.path("schema")).unwrap();
    let declared = pgconverge::desired::load(files, project::DAY.parse().unwrap()).unwrap();
    for role in declared.roles() {
        database.execute(&format!(
            "DO $$ BEGIN CREATE ROLE {role}; EXCEPTION WHEN duplicate_object OR unique_violation THEN END $$"
        ));
    }
}

fn phase_08() {
    let project = Project::phase_08();
    let database = Database::of(&project);
    let reader = Reader::of(&project, &database);
    reader.run(&["drift"]).finds_nothing();
    database.execute(
        "ALTER TABLE clients ALTER COLUMN discount SET DEFAULT 5; DROP INDEX idx_bookings_staff_id;
         CREATE TABLE more (a integer)",
    );
    let whole = project.run_on(&database, &["drift"]).exits(2);
    assert_eq!(reader.run(&["drift"]).exits(2).out, whole.out);
    // Nor does it need a state that others have made and kept.
    assert_eq!(reader.run(&["drift", "--no-cache"]).exits(2).out, whole.out);
    reader.run(&["verify", "equals_files"]).exits(2);
}

fn it_creates_nothing() {
    let project = Project::with("[table.t.column]\na = \"integer\"\n");
    let database = Database::of(&project);
    let reader = Reader::of(&project, &database);
    let may = |what: &str, right: &str| {
        let query = format!("SELECT has_{what}_privilege('{}', {right})::text", reader.name);
        database.ask(&query)
    };
    assert_eq!(may("database", "current_database(), 'CREATE'"), "false");
    assert_eq!(may("database", "current_database(), 'TEMPORARY'"), "false");
    assert_eq!(may("schema", "'public', 'USAGE'"), "false");
    assert_eq!(may("table", "'t', 'SELECT'"), "false");
    let dump = database.dump();
    reader.run(&["drift"]).finds_nothing();
    project::assert_same(&dump, &database.dump());
}

fn who_may_not_connect_is_told_the_grant() {
    let project = Project::with("[table.t.column]\na = \"integer\"\n");
    let database = Database::of(&project);
    let reader = Reader::of(&project, &database);
    database.execute(&format!(
        "REVOKE CONNECT ON DATABASE {} FROM {}",
        database.name(),
        reader.name
    ));
    reader.run(&["drift"]).exits(1).says(&[
        "pgconverge::connect::not_granted",
        &format!("GRANT CONNECT ON DATABASE {} TO {};", database.name(), reader.name),
    ]);
}

fn a_catalog_that_was_taken_away_is_named() {
    let project = Project::with("[table.t.column]\na = \"integer\"\n");
    let database = Database::of(&project);
    let reader = Reader::of(&project, &database);
    for (taken, given) in [
        ("SELECT ON pg_catalog.pg_attribute", "SELECT ON pg_catalog.pg_attribute"),
        ("SELECT ON pg_catalog.pg_roles", "SELECT ON pg_catalog.pg_roles"),
        (
            "EXECUTE ON FUNCTION pg_catalog.pg_get_expr(pg_node_tree, oid)",
            "EXECUTE ON FUNCTION pg_catalog.pg_get_expr",
        ),
    ] {
        database.execute(&format!("REVOKE {taken} FROM PUBLIC"));
        database.execute("ALTER TABLE t ALTER COLUMN a SET DEFAULT 1");
        reader.run(&["drift"]).exits(1).says(&[
            "pgconverge::catalog::forbidden",
            "SQLSTATE 42501",
            &format!("GRANT {given} TO …"),
        ]);
        database.execute(&format!("GRANT {taken} TO {}", reader.name));
        reader.run(&["drift"]).exits(2).prints(&["column.a.default: declared nothing → live 1"]);
    }
}

fn rows_that_may_not_be_read_are_an_error() {
    let project = Project::with(
        "[table.events]\npartition_by = \"range (id)\"\nprimary_key = [\"id\"]\n\
         partitions = { every = \"1000\", ahead = 1, name = \"events_{N}\" }\n\
         [table.events.column]\nid = \"bigint\"\n",
    );
    let database = Database::of(&project);
    let reader = Reader::of(&project, &database);
    database.execute("INSERT INTO events VALUES (999)");
    let ran = reader.run(&["drift", "--report", "prometheus=drift.prom"]).exits(1).says(&[
        "pgconverge::drift::unreadable",
        "may not read them",
        &format!("GRANT SELECT (id) ON public.events TO {}", reader.name),
    ]);
    // What could be compared is told all the same.
    ran.prints(&[
        "the database equals the files",
        "the window of table public.events is left as it is",
    ]);
    let metrics = fs::read_to_string(project.path("drift.prom")).unwrap();
    assert!(
        metrics.contains("pgconverge_drift_success{") && metrics.contains("} 0\n"),
        "{metrics}"
    );
    database.execute(&format!(
        "GRANT USAGE ON SCHEMA public TO {name}; GRANT SELECT (id) ON public.events TO {name}",
        name = reader.name
    ));
    reader.run(&["drift"]).finds_nothing();
    database.execute("INSERT INTO events SELECT 1500");
    reader.run(&["drift"]).exits(2).prints(&["due by the window of table public.events"]);
}
