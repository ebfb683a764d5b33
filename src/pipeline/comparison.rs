//! The two sides, compared.

use super::desired_state::{DesiredState, desired_state, load};
use super::open::OpenTarget;
use super::scope::Scope;
use super::settings::{Settings, Talk};
use crate::catalog::Snapshot;
use crate::diff;
use crate::model::{Database, Plan, Unmanaged};
use crate::plan;

/// What a comparison found.
#[derive(Debug)]
pub struct Outcome {
    pub plan: Plan,
    pub remarks: Vec<String>,
    pub unmanaged: Vec<Unmanaged>,
    pub left_alone: Vec<String>,
}

/// Reads both sides, the files while the server is busy with its catalog, and compares them.
///
/// # Errors
/// Those of every stage.
pub async fn first_comparison(
    settings: &Settings,
    open: &OpenTarget,
    talk: Talk<'_>,
) -> miette::Result<(DesiredState, Outcome)> {
    let reading = async { Ok(Snapshot::read(&open.connection.client).await?) };
    let (snapshot, declared) = futures_util::future::try_join(reading, load(settings)).await?;
    let major = snapshot.version().major();
    let mut desired = desired_state(settings, declared, major, Some(&open.target), talk).await?;
    let outcome = conclude(settings, &mut desired, snapshot).await?;
    Ok((desired, outcome))
}

/// Compares the database, as it is now, with a desired state that is at hand.
///
/// # Errors
/// A catalog that cannot be read.
pub async fn compare(
    settings: &Settings,
    desired: &mut DesiredState,
    open: &OpenTarget,
) -> miette::Result<Outcome> {
    conclude(settings, desired, Snapshot::read(&open.connection.client).await?).await
}

async fn conclude(
    settings: &Settings,
    desired: &mut DesiredState,
    mut snapshot: Snapshot<'_>,
) -> miette::Result<Outcome> {
    let mut live = snapshot.take_database();
    let scope = Scope::of(settings, desired.declared.schemas());
    let left_alone = scope.restrict(&mut live);
    Scope::forgive_initial(&mut live, &desired.canonical);
    diff::expose(&mut desired.canonical, &mut live);
    let mut comparison = diff::compare(&desired.canonical, &live, &desired.declared.spared);
    diff::adopt(&mut comparison.changes, &desired.declared.database);
    // Who depends on whom matters only when something changes.
    if !comparison.changes.is_empty() {
        live.dependencies = snapshot.dependencies().await?;
    }
    snapshot.close().await?;
    diff::take_along(&mut comparison.changes, &desired.canonical, &live);
    let Database { dependencies, unmanaged, .. } = live;
    let plan = plan::plan(comparison.changes, &desired.canonical.dependencies, &dependencies)?;
    Ok(Outcome { plan, remarks: comparison.remarks, unmanaged, left_alone })
}

/// What a database would have to become from nothing.
///
/// # Errors
/// Steps that wait for each other.
pub fn from_nothing(desired: &DesiredState) -> miette::Result<Plan> {
    let mut changes = diff::compare(&desired.canonical, &Database::empty(), &[]).changes;
    // What every new database has need not be created.
    changes.retain(|address, _| !Scope::is_initial(address));
    diff::adopt(&mut changes, &desired.declared.database);
    Ok(plan::plan(changes, &desired.canonical.dependencies, &[])?)
}
