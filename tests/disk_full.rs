//! The disk is full in the middle of a plan: an error that says so, nothing half done but what the next
//! plan sees, and no row lost.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "in a test, a panic is how a failure is told, also in what tests share"
)]

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

#[path = "support/postgres.rs"]
mod postgres;
#[path = "support/project.rs"]
mod project;
#[path = "support/server.rs"]
mod server;

use project::{DAY, Database, Project, Ran};

const BEFORE: &str = r#"
[table.large.column]
id = { type = "integer", not_null = true }
"#;

/// 256 bytes for each row, which cannot be pressed.
const WIDE: &str = "md5(id::text || 'a') || md5(id::text || 'b') || md5(id::text || 'c') || \
                    md5(id::text || 'd') || md5(id::text || 'e') || md5(id::text || 'f') || \
                    md5(id::text || 'g') || md5(id::text || 'h')";

/// In blocks of 512 bytes: no file gets larger than 20 MB. To the server that is as if the disk were full. Its
/// log, which goes by 16 MB, fits.
const ROOM: u32 = 40_000;

const ROWS: u32 = 100_000;

/// The development server, whose processes find no more room than `room`.
fn development(project: &Project, room: Option<u32>) -> (Child, Database) {
    let limit = room.map_or_else(|| "true".to_owned(), |room| format!("ulimit -f {room}"));
    let mut command = Command::new("sh");
    command.args(["-c", &format!("{limit} && exec \"$0\" \"$@\"")]);
    let plain = project.command(&["dev"]);
    command.arg(plain.get_program()).args(plain.get_args());
    command.current_dir(plain.get_current_dir().unwrap()).stdin(Stdio::null());
    for (name, value) in plain.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    let mut server = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
    (server, Database::at(line.trim()))
}

fn stop(mut server: Child) {
    let pid = rustix::process::Pid::from_child(&server);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    server.wait().unwrap();
}

/// Applies `after`, which does not fit; then with room.
fn holds(after: &str, kept: &str) {
    let project = Project::with(BEFORE);
    project.run(&["apply", "--confirm"]).succeeds();
    let (server, database) = development(&project, Some(ROOM));
    database.execute(&format!("INSERT INTO large SELECT generate_series(1, {ROWS})"));
    let rows = "SELECT count(*) || ' ' || sum(id) FROM large";
    let before = database.ask(rows);

    project.write("schema/schema.toml", after);
    let apply = ["apply", "--confirm", "--online-from", "0", "--as-of", DAY];
    let full = Ran::of(&mut project.command(&apply));
    full.exits(1).says(&[
        "failed",
        "could not extend file",
        kept,
        "the next plan goes on from there",
    ]);
    assert_eq!(database.ask(rows), before);
    // Whoever looks sees what there is, and that it can be gone on from.
    project.run(&["drift"]).exits(2);
    drop(database);
    stop(server);

    let (server, database) = development(&project, None);
    Ran::of(&mut project.command(&apply)).succeeds();
    project.run(&["drift"]).finds_nothing();
    assert_eq!(database.ask(rows), before);
    let left = "SELECT count(*) FROM pg_class WHERE relname LIKE '%pgconverge%'
                UNION ALL SELECT count(*) FROM pg_index WHERE NOT indisvalid
                ORDER BY 1 DESC LIMIT 1";
    assert_eq!(database.count(left), 0);
    drop(database);
    stop(server);
}

#[test]
fn an_index_that_finds_no_room_is_built_when_there_is_room() {
    let index = format!("[table.large.index]\nlarge_wide_idx = [\"({WIDE})\"]\n");
    holds(
        &format!("{BEFORE}{index}"),
        "no step of the plan is done; what this one has begun may be there still",
    );
}

#[test]
fn a_table_that_finds_no_room_is_as_it_was() {
    let column = format!("wide = {{ type = \"text\", generated = \"{WIDE}\" }}\n");
    holds(&format!("{BEFORE}{column}"), "nothing of the plan was kept");
}
