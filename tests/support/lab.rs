//! A private PostgreSQL server for tests, and databases on it.
//!
//! Used by `#[path = "support/lab.rs"] mod lab;`. One server serves a whole test program.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    dead_code,
    reason = "each test program uses its part of this, and fails by panicking"
)]

#[path = "scratch.rs"]
mod scratch;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use jiff::civil::Date;
use pgconverge::canonical::create_tablespaces;
use pgconverge::pipeline::{DesiredState, Live, Manage, OpenTarget, Outcome, Settings};
use pgconverge::server::connect::{Connection, Environment, Target};
use pgconverge::server::embedded::{EmbeddedServer, EmbeddedSettings, binaries, shadow};
use pgconverge::{execute, kinds, model, pipeline};
use scratch::Scratch;
use tokio::sync::Mutex;

/// The major versions to test with, such as `15` or `14,18`.
const MAJORS: &str = "PGCONVERGE_TEST_MAJOR";

/// The running server.
pub struct Lab {
    server: EmbeddedServer,
    target: Target,
    next: AtomicU32,
    /// Sessions to create and drop databases in.
    administrators: Mutex<Vec<Connection>>,
    /// Databases that nobody needs any more.
    given_up: Mutex<Vec<String>>,
    new_database: Mutex<Option<Live>>,
    /// Roles belong to the whole server, and two tests may want the same one at once.
    roles: Mutex<BTreeSet<String>>,
    // Dropped last: the server's data are in it.
    _scratch: Scratch,
}

const TEMPLATE: &str = "lab_template";

const LEAN: [&str; 2] = [
    "DELETE FROM pg_description
     WHERE classoid IN ('pg_proc'::regclass, 'pg_operator'::regclass, 'pg_type'::regclass)",
    "VACUUM FULL pg_description",
];

/// How many databases may wait to be dropped.
const KEPT: usize = 24;

/// The major versions that the environment asks for; nothing where it does not.
pub fn wanted_majors() -> Vec<u32> {
    let wanted = std::env::var(MAJORS).unwrap_or_default();
    let words = wanted.split(',').map(str::trim).filter(|word| !word.is_empty());
    words.map(|word| word.parse().unwrap_or_else(|_| panic!("{MAJORS} is {wanted:?}"))).collect()
}

impl Lab {
    /// Starts a server of the major version that the environment asks for; else of the newest that
    /// is installed.
    pub async fn start() -> Self {
        let settings = EmbeddedSettings::from_environment();
        let major = match wanted_majors().first() {
            Some(major) => *major,
            None => binaries(None, &settings, &silent).await.unwrap().major(),
        };
        Self::of_major(major).await
    }

    /// Starts a server, whose programs are fetched when the machine does not have them.
    pub async fn of_major(major: u32) -> Self {
        let talk = |line: &str| eprintln!("{line}");
        let mut settings = EmbeddedSettings::from_environment();
        let binaries = binaries(Some(major), &settings, &talk).await;
        let binaries = binaries.unwrap_or_else(|error| panic!("PostgreSQL {major}: {error:?}"));
        let scratch = Scratch::new();
        // Programs from the usual place, data elsewhere.
        settings.search_path = vec![binaries.directory().to_owned()];
        settings.cache_directory = Some(scratch.path().to_owned());
        let server = shadow(major, &settings, &silent).await.unwrap();
        let target = Target::unix_socket(
            server.socket_directory(),
            server.port(),
            server.user(),
            "postgres",
        );
        let lab = Self {
            server,
            target,
            next: AtomicU32::new(0),
            administrators: Mutex::default(),
            given_up: Mutex::default(),
            new_database: Mutex::default(),
            roles: Mutex::default(),
            _scratch: scratch,
        };
        lab.make_template().await;
        lab
    }

    /// Stops the server.
    pub async fn stop(self) {
        self.server.stop().await.unwrap();
    }

    pub fn major(&self) -> u32 {
        self.server.major()
    }

    /// Where libpq's programs find the server: arguments for `psql` and `pg_dump`.
    pub fn arguments(&self, database: &str) -> Vec<String> {
        let directory = self.server.socket_directory().display();
        vec![
            format!("--host={directory}"),
            format!("--port={}", self.server.port()),
            format!("--username={}", self.server.user()),
            format!("--dbname={database}"),
        ]
    }

    /// A new database, empty but for what every new database has.
    pub async fn create_database(&self) -> String {
        self.copy_database(TEMPLATE).await
    }

    /// A new database that has what another one has, to which nobody is connected.
    pub async fn copy_database(&self, of: &str) -> String {
        let name = format!("lab_{}", self.next.fetch_add(1, Ordering::Relaxed));
        // Blocks of a template in memory are copied faster as files than through the log.
        let strategy = if self.major() < 15 { "" } else { "STRATEGY file_copy" };
        self.administer(&format!("CREATE DATABASE {name} TEMPLATE {of} {strategy}")).await;
        name
    }

    /// Makes what databases are copied from: a new one, but for comments on the system's functions
    /// and operators, which `pg_dump` reads one by one.
    async fn make_template(&self) {
        self.administer(&format!("CREATE DATABASE {TEMPLATE} TEMPLATE template0")).await;
        let connection = self.connect(TEMPLATE).await;
        for statement in LEAN {
            connection.client.batch_execute(statement).await.unwrap();
        }
        connection.close().await.unwrap();
    }

    /// Drops a database, whoever is connected to it.
    pub async fn drop_database(&self, name: &str) {
        self.administer(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
    }

    /// Drops a database later: one whose sessions are just ending keeps the server waiting.
    pub async fn give_up(&self, name: String) {
        let mut given_up = self.given_up.lock().await;
        given_up.push(name);
        let due = if given_up.len() > KEPT { given_up.drain(..KEPT / 2).collect() } else { vec![] };
        drop(given_up);
        for name in due {
            self.drop_database(&name).await;
        }
    }

    /// What a new database has, to a reader of its catalog.
    pub async fn new_database(&self) -> miette::Result<Live> {
        let mut known = self.new_database.lock().await;
        if let Some(state) = &*known {
            return Ok(state.clone());
        }
        let name = self.create_database().await;
        let connection = self.connect(&name).await;
        let state = pipeline::read_whole(&connection.client, &[]).await?;
        connection.close().await.unwrap();
        self.give_up(name).await;
        Ok(known.insert(state).clone())
    }

    /// Every database of the server.
    pub async fn databases(&self) -> Vec<String> {
        let connection = self.target.connect().await.unwrap();
        let rows = connection
            .client
            .query("SELECT datname::text FROM pg_database ORDER BY 1", &[])
            .await
            .unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    }

    /// A session on a database.
    pub async fn connect(&self, database: &str) -> Connection {
        self.target(database).connect().await.unwrap()
    }

    /// Where a database is.
    pub fn target(&self, database: &str) -> Target {
        self.target.with_database(database)
    }

    /// Settings for files below `schema` and a database of this server.
    pub fn settings(&self, schema: &Path, database: &str, as_of: Date) -> Settings {
        let url = |name| {
            let words = self.arguments(name).join(" ");
            words.replace("--username", "user").replace("--", "")
        };
        Settings {
            schema: schema.to_owned(),
            project: PathBuf::from(env!("CARGO_TARGET_TMPDIR")),
            database_url: Some(url(database)),
            target: None,
            shared: None,
            tenant: None,
            shadow_url: Some(url("postgres")),
            as_of,
            manage: Manage::Schemas,
            moves: false,
            online_from: None,
            only_windows: false,
            windows_apart: None,
            routines: None,
            fingerprints: false,
            given: pipeline::Given::default(),
            ignore: Vec::new(),
            // A cached state would hide what the shadow makes of the files today.
            cache: None,
            environment: environment(),
            stages: pipeline::Stages::default(),
            embedded: EmbeddedSettings::from_environment(),
        }
    }

    /// The files in both spellings.
    pub async fn desired(&self, settings: &Settings) -> miette::Result<DesiredState> {
        let declared = pipeline::load(settings).await?;
        let mut made = self.roles.lock().await;
        let named: BTreeSet<String> = declared
            .database
            .objects
            .values()
            .flat_map(kinds::roles)
            .map(|role| role.to_string())
            .filter(|role| !made.contains(role))
            .collect();
        let connection = self.target.connect().await.unwrap();
        for role in named {
            let missing = "SELECT to_regrole($1) IS NULL";
            let row = connection.client.query_one(missing, &[&role]).await.unwrap();
            if row.get(0) {
                let create = format!("CREATE ROLE {role}");
                connection.client.batch_execute(&create).await.unwrap();
                // A state says which roles there are.
                *self.new_database.lock().await = None;
            }
            made.insert(role);
        }
        create_tablespaces(&connection.client, &declared.tablespaces()).await.unwrap();
        drop(made);
        pipeline::desired_state(settings, declared, self.major(), None, &silent).await
    }

    async fn administer(&self, sql: &str) {
        let idle = self.administrators.lock().await.pop();
        let connection = match idle {
            Some(connection) => connection,
            None => self.target.connect().await.unwrap(),
        };
        connection.client.batch_execute(sql).await.unwrap();
        self.administrators.lock().await.push(connection);
    }
}

/// The plan from a database to the files. The desired state, which a comparison spells as the one
/// database has it, stays as it was for the next.
pub async fn plan(
    settings: &Settings,
    desired: &mut DesiredState,
    open: &OpenTarget,
) -> miette::Result<Outcome> {
    let canonical = desired.canonical.clone();
    let outcome = pipeline::compare(settings, desired, open).await;
    desired.canonical = canonical;
    outcome
}

/// Runs a plan.
pub async fn apply(outcome: &Outcome, open: &OpenTarget) -> miette::Result<()> {
    run(&outcome.plan, open).await
}

/// Runs a plan, or the beginning of one.
pub async fn run(plan: &model::Plan, open: &OpenTarget) -> miette::Result<()> {
    run_watched(plan, open, &mut Nobody).await
}

/// Runs a plan while somebody watches.
pub async fn run_watched(
    plan: &model::Plan,
    open: &OpenTarget,
    watcher: &mut dyn execute::Watcher,
) -> miette::Result<()> {
    let environment = environment();
    let variables = |name: &str| environment.get(name).map(str::to_owned);
    let run = execute::Run {
        plan,
        client: &open.connection.client,
        observer: None,
        variables: &variables,
        patience: execute::Patience::default(),
        interrupt: &execute::Interrupt::default(),
    };
    Ok(execute::execute(&run, watcher).await?)
}

/// The secrets that files of a case may point to, under the names that `pull` gives them.
fn environment() -> Environment {
    let secrets = [
        ("WAREHOUSE_PUBLIC_PASSWORD", "it's a \\ secret"),
        ("WAREHOUSE_READER_PASSWORD", "another secret"),
        ("WAREHOUSE_CONN_STRING", "a third one"),
    ];
    Environment::new(secrets.map(|(name, value)| (name.to_owned(), value.to_owned())), None)
}

/// Watches nothing.
struct Nobody;

impl execute::Watcher for Nobody {
    fn begins(&mut self, _number: usize, _step: &model::Step) {}
    fn committed(&mut self, _number: usize) {}
    fn done(&mut self, _: usize, _: u64) {}
    fn waits(&mut self, _: usize, _: &[execute::Blocker]) {}
    fn retries(&mut self, _: usize, _: Duration) {}
}

/// Tests have nobody to talk to.
pub fn silent(_line: &str) {}
