//! What is measured: the runs of a day's work on one database.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use pgconverge::server::embedded::EmbeddedServer;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio_postgres::Client;

use crate::measure::{self, Cost, Run};
use crate::server::{address, connect};
use crate::{Options, generate, postgres};

/// The measurements on a database of one size.
pub struct Results {
    pub tables: usize,
    pub version: String,
    /// What the catalog holds, in words.
    pub holds: String,
    /// In the order of the report; `pg_dump` is the first.
    pub scenarios: Vec<(Scenario, Vec<Cost>)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scenario {
    Dump,
    Unchanged,
    LiveChanged,
    Drift,
    Pull,
    Uncached,
    FilesChanged,
}

impl Scenario {
    const ALL: [Self; 7] = [
        Self::Dump,
        Self::Unchanged,
        Self::LiveChanged,
        Self::Drift,
        Self::Pull,
        Self::Uncached,
        Self::FilesChanged,
    ];

    pub fn title(self) -> &'static str {
        match self {
            Self::Dump => "pg_dump --schema-only",
            Self::Unchanged => "plan, nothing changed since the last one",
            Self::LiveChanged => "plan, a live table changed",
            // The table that was changed, and changed back, is another one to the catalog.
            Self::Drift => "drift, nothing to do, database changed since",
            Self::Pull => "pull",
            Self::Uncached => "plan, nothing changed, not cached",
            Self::FilesChanged => "plan, a table of the files changed",
        }
    }

    /// A run that fills a shadow takes many times as long as the others.
    fn rounds(self, options: &Options) -> usize {
        match self {
            Self::Uncached | Self::FilesChanged if options.cached => 0,
            Self::Uncached | Self::FilesChanged => options.rounds.min(3),
            _ => options.rounds,
        }
    }
}

/// Makes a database of `tables` tables on `server`, and measures each scenario on it.
pub fn run(
    runtime: &Runtime,
    server: &EmbeddedServer,
    tables: usize,
    options: &Options,
) -> Results {
    let scene = Scene::new(runtime, server, tables);
    eprintln!("{tables} tables: {}", scene.holds());
    // The files, and the canonical state; also, everything in the server's cache.
    let files = scene.pull(&scene.files());
    eprintln!("{tables} tables: {} files, pulled", files.output.lines().count());
    scene.measure(Scenario::Unchanged, 0);
    let mut scenarios: Vec<_> = Scenario::ALL.map(|scenario| (scenario, Vec::new())).into();
    scenarios.retain(|(scenario, _)| scenario.rounds(options) > 0);
    for round in 1..=options.rounds {
        for (scenario, costs) in &mut scenarios {
            if round <= scenario.rounds(options) {
                let run = scene.measure(*scenario, round);
                eprintln!("{tables} tables, round {round}: {} {:?}", scenario.title(), run.cost);
                costs.push(run.cost);
            }
        }
    }
    let version = scene.ask("SHOW server_version");
    Results { tables, version, holds: scene.holds(), scenarios }
}

struct Scene<'a> {
    runtime: &'a Runtime,
    client: Client,
    connection: String,
    postmaster: u32,
    major: u32,
    tables: usize,
    directory: TempDir,
}

impl<'a> Scene<'a> {
    fn new(runtime: &'a Runtime, server: &EmbeddedServer, tables: usize) -> Self {
        let database = format!("test_tables_{tables}");
        let connection = address(server, &database);
        let (client, backend) = runtime.block_on(async {
            let maintenance = connect(&address(server, "postgres")).await;
            let create = format!("CREATE DATABASE {database} TEMPLATE template0");
            maintenance.batch_execute(&create).await.unwrap();
            let client = connect(&connection).await;
            generate::database(&client, tables).await;
            let row = client.query_one("SELECT pg_backend_pid()", &[]).await.unwrap();
            (client, row.get::<_, i32>(0))
        });
        let postmaster = measure::parent(backend.unsigned_abs());
        let directory = tempfile::tempdir().unwrap();
        Self { runtime, client, connection, postmaster, major: server.major(), tables, directory }
    }

    fn measure(&self, scenario: Scenario, round: usize) -> Run {
        match scenario {
            Scenario::Dump => {
                let mut command = Command::new(postgres::pg_dump(self.major));
                command.args(["--schema-only", "--dbname", &self.connection]);
                self.run(&mut command)
            }
            Scenario::Unchanged => self.without_changes(&["plan"]),
            Scenario::Drift => self.without_changes(&["drift"]),
            Scenario::Uncached => self.without_changes(&["plan", "--no-cache"]),
            Scenario::LiveChanged => {
                let table = generate::name(self.tables / 2);
                self.execute(&format!("ALTER TABLE {table} ADD extra integer DEFAULT 7"));
                let run = self.run(&mut self.pgconverge(&["plan"], &self.files()));
                self.execute(&format!("ALTER TABLE {table} DROP extra"));
                assert!(run.output.contains("DROP COLUMN extra"), "{}", run.output);
                run
            }
            Scenario::Pull => {
                let into = self.directory.path().join(format!("pull-{round}"));
                let run = self.pull(&into);
                fs::remove_dir_all(into).unwrap();
                run
            }
            Scenario::FilesChanged => {
                let (path, text) = self.file_of(&generate::name(self.tables / 2));
                // Another column in every round: no state of an earlier one is that of this.
                let column = format!("extra_{round}");
                let changed = text.replacen(
                    "\nparent_id",
                    &format!("\n{column} = \"integer\"\nparent_id"),
                    1,
                );
                assert_ne!(changed, text);
                fs::write(&path, changed).unwrap();
                let run = self.run(&mut self.pgconverge(&["plan"], &self.files()));
                fs::write(&path, text).unwrap();
                assert!(run.output.contains(&format!("ADD COLUMN {column}")), "{}", run.output);
                run
            }
        }
    }

    fn without_changes(&self, arguments: &[&str]) -> Run {
        let run = self.run(&mut self.pgconverge(arguments, &self.files()));
        assert!(run.output.starts_with("Nothing to do"), "{}", run.output);
        run
    }

    fn pull(&self, into: &Path) -> Run {
        self.run(&mut self.pgconverge(&["pull"], into))
    }

    fn run(&self, command: &mut Command) -> Run {
        measure::run(command, self.postmaster, || {
            let others = "SELECT count(*)::text FROM pg_stat_activity
                          WHERE datname = current_database() AND pid <> pg_backend_pid()";
            while self.ask(others) != "0" {
                std::thread::sleep(Duration::from_millis(2));
            }
            // The postmaster takes note of an end a moment after it.
            std::thread::sleep(Duration::from_millis(30));
        })
    }

    fn pgconverge(&self, arguments: &[&str], files: &Path) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pgconverge"));
        command
            .args(arguments)
            .args(["--as-of", "2025-11-09", "--database-url", &self.connection, "--schema"])
            .arg(files)
            .current_dir(self.directory.path())
            .env("XDG_CACHE_HOME", self.directory.path().join("cache"));
        command
    }

    fn files(&self) -> PathBuf {
        self.directory.path().join("schema")
    }

    /// The file that declares a table, and its text.
    fn file_of(&self, table: &str) -> (PathBuf, String) {
        let header = format!("[table.{table}]");
        let mut folders = vec![self.files()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let text = fs::read_to_string(&path).unwrap();
                    if text.contains(&header) {
                        return (path, text);
                    }
                }
            }
        }
        panic!("no file has {header}");
    }

    fn holds(&self) -> String {
        self.ask(
            "SELECT concat_ws(', ',
                 (SELECT count(*) FROM pg_attribute WHERE attrelid >= 16384) || ' columns',
                 (SELECT count(*) FROM pg_index WHERE indexrelid >= 16384) || ' indexes',
                 (SELECT count(*) FROM pg_constraint WHERE oid >= 16384) || ' constraints',
                 (SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal) || ' triggers',
                 (SELECT count(*) FROM pg_proc WHERE oid >= 16384) || ' routines')",
        )
    }

    fn ask(&self, query: &str) -> String {
        self.runtime.block_on(async { self.client.query_one(query, &[]).await.unwrap().get(0) })
    }

    fn execute(&self, statement: &str) {
        self.runtime.block_on(async { self.client.batch_execute(statement).await.unwrap() });
    }
}
