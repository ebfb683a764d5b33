//! Rows whose periods are in the way of a key with one, which the newest major alone has.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
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

use libtest_mimic::{Arguments, Trial};
use project::{Database, Project};

const TABLES: &str = r#"
[table.rooms]
primary_key = { columns = ["id", "open"], without_overlaps = true }
[table.rooms.column]
id = "int4range"
open = "daterange"
[table.visits]
primary_key = ["n"]
[table.visits.column]
n = "integer"
room = "int4range"
at = "daterange"
"#;

const KEY: &str = r#"
[table.visits.foreign_key]
visits_room_fkey = { columns = ["room", "at"], references = "rooms (id, open)", period = true }
"#;

/// The first is covered by two rows together, the second but in part, the third by none; the others need none.
const ROWS: &str = "
INSERT INTO rooms VALUES ('[1,2)', '[2025-01-01,2025-03-01)'), ('[1,2)', '[2025-03-01,2025-05-01)');
INSERT INTO visits VALUES (1, '[1,2)', '[2025-02-01,2025-04-01)'), (2, '[1,2)', '[2025-04-01,2025-06-01)'),
    (3, '[2,3)', '[2025-02-01,2025-02-02)'), (4, NULL, '[2030-01-01,2030-02-01)'), (5, '[9,10)', NULL)";

fn main() {
    majors::run_on(&["18"]);
    let test = || {
        periods_that_are_not_covered();
        Ok(())
    };
    let trial = Trial::test("periods_that_are_not_covered", test);
    libtest_mimic::run(&Arguments::from_args(), vec![trial]).exit();
}

fn periods_that_are_not_covered() {
    let project = Project::with(TABLES);
    let database = Database::of(&project);
    database.execute(ROWS);
    project.write("schema/schema.toml", &format!("{TABLES}{KEY}"));
    let apply = ["apply", "--confirm"];
    project.run_on(&database, &apply).exits(1).says(&[
        "rows of public.visits whose period (room, at) rows of public.rooms do not cover: 2",
        "[2025-04-01,2025-06-01)",
    ]);
    database.execute("DELETE FROM visits WHERE n IN (2, 3)");
    project.run_on(&database, &apply).succeeds();
    project.run_on(&database, &["drift"]).finds_nothing();
}
