//! A project as a user has it: a directory with files, the program run in it, a database.
//!
//! Used by `#[path = "support/project.rs"] mod project;`, next to `postgres` and `server`.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    dead_code,
    reason = "each test program uses its part of this, and fails by panicking"
)]

use std::fs::{self, Permissions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Condvar, LazyLock, Mutex};

use pgconverge::server::embedded::EmbeddedServer;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio_postgres::Client;

use crate::{postgres, server};

/// The day that every run rolls windows to.
pub const DAY: &str = "2025-11-09";

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());
static SERVER: LazyLock<EmbeddedServer> = LazyLock::new(|| RUNTIME.block_on(server::start()));
/// What the program is to find first where it looks for servers.
static PROGRAMS: LazyLock<Option<PathBuf>> =
    LazyLock::new(|| RUNTIME.block_on(server::wanted_programs()));
static NEXT: AtomicU32 = AtomicU32::new(1);

/// A directory with files in it, in which the program knows nothing of whoever runs the tests.
pub struct Project {
    directory: TempDir,
    _permit: Permit,
}

impl Project {
    /// One without files.
    pub fn empty() -> Self {
        let directory = tempfile::tempdir().unwrap();
        // The account of servers has to get there.
        fs::set_permissions(directory.path(), Permissions::from_mode(0o755)).unwrap();
        Self { directory, _permit: Permit::wait() }
    }

    /// One with the files of Phase 0.8.
    pub fn phase_08() -> Self {
        let project = Self::empty();
        for directory in ["schema", "checks"] {
            let from = Path::new(env!("CARGO_MANIFEST_DIR")).join(directory);
            copy(&from, &project.path(directory));
        }
        project
    }

    /// One with a single file.
    pub fn with(text: &str) -> Self {
        let project = Self::empty();
        project.write("schema/schema.toml", text);
        project
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Replaces `from`, which a file must have, by `to`.
    pub fn edit(&self, name: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.path(name)).unwrap();
        assert!(text.contains(from), "{name} has no {from:?}");
        self.write(name, &text.replacen(from, to, 1));
    }

    /// The program, without a database named.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pgconverge"));
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("PG") || name == "DATABASE_URL" {
                command.env_remove(name);
            }
        }
        if let Some(programs) = &*PROGRAMS {
            let path = std::env::var_os("PATH").unwrap_or_default();
            let path = [programs.clone()].into_iter().chain(std::env::split_paths(&path));
            command.env("PATH", std::env::join_paths(path).unwrap());
        }
        command
            .args(arguments)
            .current_dir(self.directory.path())
            .env("HOME", self.path("home"))
            .env("XDG_CACHE_HOME", self.path("cache"))
            .stdin(Stdio::null());
        command
    }

    /// Runs the program at [`DAY`], without a database named.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(self.command(arguments).args(["--as-of", DAY]))
    }

    /// Runs the program at [`DAY`] on `database`.
    pub fn run_on(&self, database: &Database, arguments: &[&str]) -> Ran {
        Ran::of(&mut self.command_on(database, arguments))
    }

    pub fn command_on(&self, database: &Database, arguments: &[&str]) -> Command {
        let mut command = self.command(arguments);
        command.args(["--as-of", DAY, "--database-url", &database.address]);
        command
    }

    /// Makes `database` equal the files.
    pub fn apply_to(&self, database: &Database) {
        self.run_on(database, &["apply", "--confirm"]).succeeds();
    }
}

/// Leave to be one of the few projects at a time: the server has but 20 connections.
struct Permit;

static PROJECTS: (Mutex<u32>, Condvar) = (Mutex::new(0), Condvar::new());

impl Permit {
    fn wait() -> Self {
        let (count, ended) = &PROJECTS;
        *ended.wait_while(count.lock().unwrap(), |count| *count >= 3).unwrap() += 1;
        Self
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        *PROJECTS.0.lock().unwrap() -= 1;
        PROJECTS.1.notify_one();
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

/// A run of the program that has ended.
#[derive(Debug)]
pub struct Ran {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Ran {
    pub fn of(command: &mut Command) -> Self {
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        Self::end_of(child)
    }

    pub fn end_of(child: Child) -> Self {
        let output = child.wait_with_output().unwrap();
        Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "exit code\n{}\n{}", self.out, self.err);
        self
    }

    #[track_caller]
    pub fn succeeds(self) -> Self {
        self.exits(0)
    }

    /// All of `texts` are in the output.
    #[track_caller]
    pub fn prints(self, texts: &[&str]) -> Self {
        for text in texts {
            assert!(
                self.out.contains(text),
                "no {text:?} in the output:\n{}\n{}",
                self.out,
                self.err
            );
        }
        self
    }

    /// All of `texts` are among what is said besides, wherever its lines are broken.
    #[track_caller]
    pub fn says(self, texts: &[&str]) -> Self {
        let words = self.err.split_whitespace().filter(|word| *word != "│");
        let said = words.collect::<Vec<_>>().join(" ");
        for text in texts {
            assert!(said.contains(text), "no {text:?} in:\n{}\n{}", self.err, self.out);
        }
        self
    }

    /// The output is the one line that says so.
    #[track_caller]
    pub fn finds_nothing(self) -> Self {
        let ran = self.succeeds();
        assert_eq!(ran.out, "Nothing to do: the database equals the files.\n");
        ran
    }
}

/// A database of a test's own, on the server that a test program shares.
pub struct Database {
    name: String,
    pub address: String,
    client: Client,
}

impl Database {
    pub fn new() -> Self {
        let name = format!("test_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        block_on(maintenance().batch_execute(&format!("CREATE DATABASE {name}"))).unwrap();
        let address = server::address(&SERVER, &name);
        let client = block_on(server::connect(&address));
        Self { name, address, client }
    }

    /// One that equals the files of `project`.
    pub fn of(project: &Project) -> Self {
        let database = Self::new();
        project.apply_to(&database);
        database
    }

    /// A database that is there.
    pub fn at(address: &str) -> Self {
        let client = block_on(server::connect(address));
        Self { name: String::new(), address: address.to_owned(), client }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// Another session.
    pub fn connect(&self) -> Session {
        Session(block_on(server::connect(&self.address)))
    }

    #[track_caller]
    pub fn execute(&self, statements: &str) {
        block_on(self.client.batch_execute(statements)).unwrap();
    }

    /// The one value, as text, that a query gives.
    #[track_caller]
    pub fn ask(&self, query: &str) -> String {
        let row = block_on(self.client.query_one(query, &[])).unwrap();
        row.get::<_, Option<String>>(0).unwrap_or_default()
    }

    #[track_caller]
    pub fn count(&self, query: &str) -> i64 {
        block_on(self.client.query_one(query, &[])).unwrap().get(0)
    }

    /// The schema as pg_dump writes it.
    pub fn dump(&self) -> String {
        let major = SERVER.major();
        let mut command = Command::new(postgres::pg_dump(major));
        let output = command.args(["--schema-only", "--dbname", &self.address]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).unwrap();
        // With a key that is another one in every dump.
        let same =
            |line: &&str| !line.starts_with("\\restrict") && !line.starts_with("\\unrestrict");
        text.lines().filter(same).collect::<Vec<_>>().join("\n")
    }

    /// pg_dump writes the same of both.
    #[track_caller]
    pub fn assert_equals(&self, other: &Self) {
        assert_same(&self.dump(), &other.dump());
    }

    /// Runs a script as a user of psql does.
    #[track_caller]
    pub fn psql(&self, script: &str) {
        let mut command = Command::new(postgres::psql(SERVER.major()));
        let mut child = command
            .args(["--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1", "--dbname", &self.address])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
        Ran::end_of(child).succeeds();
    }
}

/// Two texts of many lines are the same; where they are not, their lines are told.
#[track_caller]
pub fn assert_same(one: &str, other: &str) {
    let diff = similar::TextDiff::from_lines(one, other);
    assert!(one == other, "{}", diff.unified_diff().context_radius(3));
}

/// Many databases that are alike at first, without a session in any of them.
pub struct Databases {
    pub names: Vec<String>,
}

impl Databases {
    /// So many copies of `database`, which nobody can go on using.
    pub fn like(database: &Database, count: usize) -> Self {
        let Database { name, .. } = database;
        let client = maintenance();
        let names: Vec<String> = (1..=count).map(|n| format!("{name}_{n:03}")).collect();
        block_on(async {
            // Who still listens there would be in the way.
            let alone = format!(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
            );
            client.batch_execute(&alone).await.unwrap();
            let strategy = if SERVER.major() >= 15 { "STRATEGY file_copy" } else { "" };
            for copy in &names {
                let create = format!("CREATE DATABASE {copy} TEMPLATE {name} {strategy}");
                client.batch_execute(&create).await.unwrap();
            }
        });
        Self { names }
    }

    /// The `n`th of them, from 1.
    pub fn address(&self, n: usize) -> String {
        server::address(&SERVER, &self.names[n - 1])
    }

    /// A session in it, which does not drop it at its end.
    pub fn at(&self, n: usize) -> Database {
        Database::at(&self.address(n))
    }
}

impl Drop for Databases {
    fn drop(&mut self) {
        let client = maintenance();
        for name in &self.names {
            let drop = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
            let _ = block_on(client.batch_execute(&drop));
        }
    }
}

/// The address of the server's database that everybody may be connected to.
pub fn maintenance_address() -> String {
    server::address(&SERVER, "postgres")
}

impl Drop for Database {
    fn drop(&mut self) {
        if !self.name.is_empty() {
            let drop = format!("DROP DATABASE {} WITH (FORCE)", self.name);
            // If it stays, the next run's server starts by dropping it.
            let _ = block_on(maintenance().batch_execute(&drop));
        }
    }
}

/// A session beside those of the program.
pub struct Session(Client);

impl Session {
    #[track_caller]
    pub fn execute(&self, statements: &str) {
        block_on(self.0.batch_execute(statements)).unwrap();
    }

    #[track_caller]
    pub fn ask(&self, query: &str) -> Vec<tokio_postgres::Row> {
        block_on(self.0.query(query, &[])).unwrap()
    }
}

fn maintenance() -> Client {
    block_on(server::connect(&server::address(&SERVER, "postgres")))
}

/// Roles belong to the server: this one is the test's own.
pub fn role(what: &str) -> String {
    let name = format!("test_{what}_{}", NEXT.fetch_add(1, Ordering::Relaxed));
    block_on(maintenance().batch_execute(&format!("CREATE ROLE {name} LOGIN"))).unwrap();
    name
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    RUNTIME.block_on(future)
}
