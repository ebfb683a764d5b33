//! A private PostgreSQL server for tests, and databases on it.
//!
//! Used by `#[path = "support/lab.rs"] mod lab;`. One server serves a whole test program.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    dead_code,
    reason = "each test program uses its part of this, and fails by panicking"
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use jiff::civil::Date;
use pgconverge::pipeline::{DesiredState, Manage, OpenTarget, Outcome, Settings};
use pgconverge::server::connect::{Connection, Environment, Target};
use pgconverge::server::embedded::{EmbeddedServer, EmbeddedSettings, binaries, shadow};
use pgconverge::{execute, model, pipeline};
use tokio::sync::Mutex;

/// The major version to test with; without it the newest that is installed, else a fetched one.
const MAJOR: &str = "PGCONVERGE_TEST_MAJOR";

/// The running server.
pub struct Lab {
    server: EmbeddedServer,
    target: Target,
    next: AtomicU32,
    /// Databases that were given back empty: making one takes longer than emptying one.
    spare: Mutex<Vec<String>>,
    /// Roles belong to the whole server, and two tests may want the same one at once.
    roles: Mutex<BTreeSet<String>>,
}

impl Lab {
    /// Starts the server.
    pub async fn start() -> Self {
        let settings = EmbeddedSettings::from_environment();
        let wanted = std::env::var(MAJOR).ok().filter(|text| !text.is_empty());
        let major = match wanted {
            Some(text) => text.parse().unwrap_or_else(|_| panic!("{MAJOR} is {text:?}")),
            None => binaries(None, &settings, &silent).await.unwrap().major(),
        };
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
            spare: Mutex::default(),
            roles: Mutex::default(),
        };
        lab.drop_leftovers().await;
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
        if let Some(name) = self.spare.lock().await.pop() {
            return name;
        }
        let name = format!("lab_{}", self.next.fetch_add(1, Ordering::Relaxed));
        self.administer(&format!("CREATE DATABASE {name}")).await;
        name
    }

    /// Drops a database, whoever is connected to it.
    pub async fn drop_database(&self, name: &str) {
        self.administer(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
    }

    /// Takes a database back for others to use, empty again.
    pub async fn give_back(&self, name: &str) {
        let connection = self.connect(name).await;
        connection.client.batch_execute(EMPTY).await.unwrap();
        self.spare.lock().await.push(name.to_owned());
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
        self.target.with_database(database).connect().await.unwrap()
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
            shadow_url: Some(url("postgres")),
            as_of,
            manage: Manage::Schemas,
            ignore: Vec::new(),
            // A cached state would hide what the shadow makes of the files today.
            cache: None,
            environment: Environment::default(),
            embedded: EmbeddedSettings::from_environment(),
        }
    }

    /// The files in both spellings.
    pub async fn desired(&self, settings: &Settings) -> miette::Result<DesiredState> {
        let declared = pipeline::load(settings).await?;
        let mut made = self.roles.lock().await;
        for role in declared.roles() {
            if made.insert(role.to_string()) {
                self.administer(&format!("CREATE ROLE {role}")).await;
            }
        }
        drop(made);
        pipeline::desired_state(settings, declared, self.major(), None, &silent).await
    }

    async fn administer(&self, sql: &str) {
        let connection = self.target.connect().await.unwrap();
        connection.client.batch_execute(sql).await.unwrap();
    }

    /// The server's data are kept from run to run, and so is what a run left that was killed.
    async fn drop_leftovers(&self) {
        for name in self.databases().await {
            if name.starts_with("lab_") {
                self.drop_database(&name).await;
            }
        }
    }
}

/// Drops what a new database does not have. `public` stays: one made anew would have other rights.
const EMPTY: &str = r"
    DO $$
    DECLARE
        thing text;
    BEGIN
        FOR thing IN
            SELECT format('DROP EXTENSION IF EXISTS %I CASCADE', extname) FROM pg_extension
            WHERE extname <> 'plpgsql'
            UNION ALL
            SELECT format('DROP EVENT TRIGGER %I', evtname) FROM pg_event_trigger
            UNION ALL
            SELECT format('DROP PUBLICATION %I', pubname) FROM pg_publication
            UNION ALL
            SELECT format('DROP FOREIGN DATA WRAPPER IF EXISTS %I CASCADE', fdwname)
            FROM pg_foreign_data_wrapper
        LOOP EXECUTE thing; END LOOP;
        FOR thing IN
            SELECT format('DROP SCHEMA %I CASCADE', nspname) FROM pg_namespace
            WHERE nspname NOT LIKE 'pg\_%' AND nspname NOT IN ('information_schema', 'public')
        LOOP EXECUTE thing; END LOOP;
        FOR thing IN
            SELECT format('DROP TABLE IF EXISTS public.%I CASCADE', relname) FROM pg_class
            WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
        LOOP EXECUTE thing; END LOOP;
        FOR thing IN
            SELECT format('DROP SEQUENCE IF EXISTS public.%I CASCADE', relname) FROM pg_class
            WHERE relnamespace = 'public'::regnamespace AND relkind = 'S'
        LOOP EXECUTE thing; END LOOP;
        FOR thing IN
            SELECT format('DROP ROUTINE IF EXISTS %s CASCADE', oid::regprocedure) FROM pg_proc
            WHERE pronamespace = 'public'::regnamespace
        LOOP EXECUTE thing; END LOOP;
        COMMENT ON SCHEMA public IS 'standard public schema';
        FOR thing IN
            SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace
            UNION ALL
            SELECT typname FROM pg_type WHERE typnamespace = 'public'::regnamespace
        LOOP RAISE '% is left', thing; END LOOP;
    END
    $$";

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
    Ok(execute::execute(&outcome.plan, &open.connection.client, &mut Nobody).await?)
}

/// Watches nothing.
struct Nobody;

impl execute::Watcher for Nobody {
    fn begins(&mut self, _number: usize, _step: &model::Step) {}
    fn committed(&mut self, _number: usize) {}
}

/// Tests have nobody to talk to.
pub fn silent(_line: &str) {}
