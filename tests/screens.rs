//! What people see in a terminal: narrow and wide, with colour and without. `BLESS=1 cargo test --test screens` writes
//! `tests/screens`; look at what changes there, colours are `⟨33⟩`.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "in a test, a panic is how a failure is told, also in what tests share"
)]

use std::fs;
use std::path::Path;

use project::{Database, Project, Ran, assert_same};
use screen::{Screen, screen};

#[path = "support/postgres.rs"]
mod postgres;
#[path = "support/project.rs"]
mod project;
#[path = "support/screen.rs"]
mod screen;
#[path = "support/server.rs"]
mod server;

const BEFORE: &str = "\
[table.customers]
comment = \"Who orders\"
primary_key = [\"id\"]

[table.customers.column]
id = \"bigint\"
name = \"text\"
note = \"text\"

[table.customers.index]
customers_name_idx = [\"name\"]

[view.names]
query = \"SELECT id, name FROM customers\"

[function.greeting]
arguments = [\"name text\"]
returns = \"text\"
language = \"plpgsql\"
body = \"\"\"
BEGIN
    RETURN 'Hello, ' || name;
END\"\"\"
";

const AFTER: &str = "\
[table.customers]
comment = \"Those who have ordered something from the shop, or who might well do so one day\"
primary_key = [\"id\"]

[table.customers.column]
id = \"bigint\"
name = { type = \"varchar(80)\", not_null = true }
email = { type = \"text\", default = \"'nobody@example.com'\" }

[table.customers.check]
customers_email_check = \"email LIKE '%@%' AND length(email) < 200 AND email <> 'postmaster@example.com'\"

[table.customers.index]
customers_name_idx = [\"name\", \"email\"]

[table.orders.column]
id = { type = \"bigint\", identity = \"always\" }
customer_id = { type = \"bigint\", not_null = true }

[table.orders.foreign_key]
orders_customer_id_fkey = { columns = [\"customer_id\"], references = \"customers (id)\", on_delete = \"restrict\" }

[view.names]
query = \"SELECT id, name FROM customers\"

[function.greeting]
arguments = [\"name text\"]
returns = \"text\"
language = \"plpgsql\"
body = \"\"\"
BEGIN
    RETURN 'Good evening, ' || name;
END\"\"\"
";

fn scene() -> (Project, Database) {
    let project = Project::with(BEFORE);
    let database = Database::of(&project);
    project.write("schema/schema.toml", AFTER);
    (project, database)
}

/// The escape sequences of colours as something that can be read.
fn readable(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        let (code, after) = after.split_once('m').unwrap();
        out.push_str(&format!("{before}⟨{code}⟩"));
        rest = after;
    }
    out + rest
}

fn plain(text: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    for c in readable(text).chars() {
        match c {
            '⟨' => inside = true,
            '⟩' => inside = false,
            c if !inside => out.push(c),
            _ => {}
        }
    }
    out
}

/// Looks at a screen narrow and wide, coloured and plain.
fn look(name: &str, project: &Project, database: &Database, arguments: &[&str], code: i32) {
    for columns in [60, 120] {
        let shot = |colour: &str| {
            let mut command = project.command_on(database, arguments);
            command.args(["--color", colour]);
            let Screen { code: ended, out, err } = screen(command, columns);
            assert_eq!(ended, Some(code), "{out}\n{err}");
            // The database of a test has another name each time.
            out.replace(database.name(), "shop")
        };
        let (coloured, bare) = (shot("auto"), shot("never"));
        assert_eq!(plain(&coloured), bare);
        for line in bare.lines() {
            assert!(line.chars().count() <= usize::from(columns), "{columns}: {line}");
        }
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/screens");
        let path = path.join(format!("{name}.{columns}.txt"));
        if std::env::var_os("BLESS").is_some() {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, readable(&coloured)).unwrap();
        }
        assert_same(&readable(&coloured), &fs::read_to_string(&path).unwrap_or_default());
    }
}

#[test]
fn a_plan() {
    let (project, database) = scene();
    look("plan", &project, &database, &["plan"], 0);
}

#[test]
fn drift() {
    let (project, database) = scene();
    database.execute(
        "CREATE TABLE left_over (a integer); ALTER TABLE customers ADD CHECK (id > 0) NOT VALID",
    );
    look("drift", &project, &database, &["drift"], 2);
}

#[test]
fn why() {
    let (project, database) = scene();
    look("why", &project, &database, &["why", "public.customers"], 0);
}

#[test]
fn checks() {
    let project =
        Project::with("[table.t]\nprimary_key = [\"id\"]\n[table.t.column]\nid = \"bigint\"\n");
    let database = Database::of(&project);
    project.write(
        "checks/all.toml",
        "[check.a_row]\ndescription = \"Somebody has put a row into it, as everybody does who tries this\"\n\
         [[check.a_row.expect]]\nsql = \"SELECT id FROM t\"\nrows = [[\"1\"]]\n",
    );
    look("verify", &project, &database, &["verify", "a_row", "indexes_valid", "equals_files"], 2);
}

#[test]
fn findings_and_errors() {
    let project = Project::with(
        "[table.t]\nprimary_key = [\"id\"]\n[table.t.column]\nid = \"bigint\"\nprice = \"money\"\n\
         [table.t.index]\nt_id_and_price_idx = [\"id\"]\n",
    );
    let database = Database::new();
    let check = |columns| {
        let mut command = project.command(&["check"]);
        command.args(["--as-of", project::DAY, "--color", "never"]);
        screen(command, columns)
    };
    for columns in [60, 120] {
        let Screen { code, out, .. } = check(columns);
        assert_eq!(code, Some(2));
        for line in out.lines() {
            // What stands in a file is shown as it stands there.
            let fits = line.chars().count() <= usize::from(columns) || line.contains('│');
            assert!(fits, "{columns}: {line}");
        }
    }
    project.write("schema/schema.toml", "[table.t]\nprimary_kye = [\"id\"]\n");
    let shown = screen(project.command_on(&database, &["plan"]), 60);
    assert_eq!(shown.code, Some(1));
    assert!(shown.err.contains("\u{1b}["), "{}", shown.err);
    let bare = screen(project.command_on(&database, &["plan", "--color", "never"]), 60);
    assert!(bare.err.contains("primary_key") && !bare.err.contains("\u{1b}[3"), "{}", bare.err);
}

#[test]
fn help_fits() {
    let project = Project::empty();
    let help = Ran::of(&mut project.command(&["help"])).succeeds().out;
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let names = commands.take_while(|line| !line.is_empty());
    let names = names.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let names: Vec<&str> = names.map(|line| line.trim().split(' ').next().unwrap()).collect();
    assert!(names.len() > 12, "{names:?}");
    for name in names.iter().filter(|name| **name != "help") {
        let shown = screen(project.command(&["help", name]), 100);
        assert!(shown.out.contains("Examples:\n  pgconverge "), "{name}: {}", shown.out);
        for line in plain(&shown.out).lines() {
            assert!(line.chars().count() <= 100, "{name}: {line}");
        }
    }
}

#[test]
fn what_goes_on_is_shown_and_goes_away() {
    let (project, database) = scene();
    let apply = ["apply", "--confirm", "--allow", "data-loss"];
    let Screen { code, err, .. } = screen(project.command_on(&database, &apply), 100);
    assert_eq!(code, Some(0), "{err}");
    // What is new has to be made in the shadow, which takes a while.
    assert!(err.contains("making the declared state in the shadow"), "{err}");
    let steps = err.contains("0/") || err.contains("1/");
    assert!(steps && err.contains('█'), "{err}");
    let last = err.trim_end().rsplit('\n').next().unwrap();
    assert!(last.contains("Done: the catalog was read again"), "{err}");
    // Nothing of it where nobody looks, or wants to.
    let quiet = screen(project.command_on(&database, &["plan", "--quiet"]), 100);
    assert_eq!((quiet.code, quiet.err.as_str()), (Some(0), ""));
    let piped = project.run_on(&database, &["plan"]).finds_nothing();
    assert_eq!(piped.err, "");
}

#[test]
fn colour_is_where_it_is_wanted() {
    let (project, database) = scene();
    let run = |environment: &[(&str, &str)], arguments: &[&str]| {
        let mut command = project.command_on(&database, &[&["plan"], arguments].concat());
        for name in ["NO_COLOR", "CLICOLOR_FORCE", "CLICOLOR"] {
            command.env_remove(name);
        }
        command.envs(environment.iter().copied());
        command
    };
    let piped = |environment: &[(&str, &str)], arguments: &[&str]| {
        Ran::of(&mut run(environment, arguments)).succeeds().out.contains('\u{1b}')
    };
    let seen = |environment: &[(&str, &str)], arguments: &[&str]| {
        screen(run(environment, arguments), 100).out.contains('\u{1b}')
    };
    assert!(seen(&[], &[]) && !piped(&[], &[]));
    assert!(!seen(&[("NO_COLOR", "1")], &[]) && seen(&[("NO_COLOR", "")], &[]));
    assert!(!seen(&[("CLICOLOR", "0")], &[]));
    assert!(piped(&[("CLICOLOR_FORCE", "1")], &[]) && !piped(&[("CLICOLOR_FORCE", "0")], &[]));
    // Who says no to colour has the last word, but for the flag.
    assert!(!piped(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], &[]));
    assert!(piped(&[("NO_COLOR", "1")], &["--color", "always"]));
    assert!(!seen(&[("CLICOLOR_FORCE", "1")], &["--color", "never"]));
    assert!(!seen(&[], &["--format", "json", "--color", "always"]));
}
