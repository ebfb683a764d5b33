//! A database that is made from the files, and goes after it has served.

use std::time::Duration;

use super::desired_state::{DesiredState, desired_state, load};
use super::open::OpenTarget;
use super::scope::Scope;
use super::settings::{Settings, Talk};
use super::shadow_major::shadow_major;
use super::windows::roll;
use crate::canonical::{Shadow, ShadowDatabase};
use crate::diff;
use crate::execute::{Blocker, Interrupt, Patience, Run, Watcher, execute};
use crate::kind::reference;
use crate::model::{Database, Maker, Plan, Step};
use crate::plan::{self, Grounds};
use crate::server::connect::Target;
use crate::server::embedded;

/// Such a database, connected to.
#[derive(Debug)]
pub struct Fresh {
    pub open: OpenTarget,
    database: ShadowDatabase,
}

impl Fresh {
    /// Drops it.
    ///
    /// # Errors
    /// A broken connection, a server that does not stop.
    pub async fn close(self) -> miette::Result<()> {
        let dropped = self.database.drop().await;
        self.open.close().await?;
        Ok(dropped?)
    }
}

/// Makes the database that the files describe, on the server that shadow databases are made on.
///
/// # Errors
/// What is wrong with the files; no server; a step that fails.
pub async fn fresh(settings: &Settings, talk: Talk<'_>) -> miette::Result<(Fresh, DesiredState)> {
    let declared = load(settings).await?;
    let major = shadow_major(settings, talk).await?;
    let mut desired = desired_state(settings, declared, major, None, talk).await?;
    let named = match &settings.shadow_url {
        Some(url) => Target::resolve(Some(url), &settings.environment)?,
        None => None,
    };
    let (shadow, server) = match named {
        Some(target) => (Shadow { target, private: false }, None),
        None => {
            let server = embedded::shadow(major, &settings.embedded, talk).await?;
            let (directory, port) = (server.socket_directory(), server.port());
            let target = Target::unix_socket(directory, port, server.user(), "postgres");
            (Shadow { target, private: true }, Some(server))
        }
    };
    let database = shadow.create_usual(&desired.declared).await?;
    let target = shadow.target.with_database(database.name());
    let connection = target.connect().await?;
    let fresh = Fresh { open: OpenTarget::of(target, connection, server), database };
    let plan = from_nothing(&mut desired)?;
    let run = Run {
        plan: &plan,
        client: &fresh.open.connection.client,
        observer: None,
        variables: &reference,
        patience: Patience::default(),
        interrupt: &Interrupt::default(),
    };
    match execute(&run, &mut Nobody).await {
        Ok(()) => Ok((fresh, desired)),
        Err(error) => {
            fresh.close().await?;
            Err(error.into())
        }
    }
}

/// Watches nothing: nobody else is there who could be in the way.
struct Nobody;

impl Watcher for Nobody {
    fn begins(&mut self, _number: usize, _step: &Step) {}
    fn done(&mut self, _number: usize, _rows: u64) {}
    fn committed(&mut self, _number: usize) {}
    fn waits(&mut self, _number: usize, _blockers: &[Blocker]) {}
    fn retries(&mut self, _number: usize, _pause: Duration) {}
}

/// What a database would have to become from nothing.
///
/// # Errors
/// Steps that wait for each other.
pub fn from_nothing(desired: &mut DesiredState) -> miette::Result<Plan> {
    let mut wanted = desired.canonical.clone();
    let rules = desired.declared.rules.clone();
    roll(&mut desired.declared, &mut wanted, &Database::empty(), &rules)?;
    let mut changes = diff::compare(&wanted, &Database::empty(), &[]).changes;
    // What every new database has need not be created.
    changes.retain(|address, _| !Scope::is_initial(address));
    diff::adopt(&mut changes, &desired.declared.database);
    Ok(plan::plan(changes, &wanted.dependencies, &[], &Maker::default(), &Grounds::default())?)
}
