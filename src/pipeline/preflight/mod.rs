//! What is asked before the first step of a plan, without changing anything.

mod casts;
mod in_the_way;
mod own_session;
mod referred;
mod rights;
mod room;
mod rows;
mod samples;
mod values;

pub use own_session::own_session;
pub use rows::doubts;

use std::collections::BTreeSet;
use std::time::Duration;

use super::comparison::{Outcome, compare_again};
use super::desired_state::DesiredState;
use super::open::OpenTarget;
use super::settings::{Settings, Talk};
use super::windows::Wrong;
use crate::diagnostic::{Located, Many};
use crate::model::Address;

/// What a run may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// How long one attempt waits for a lock: whoever is there for longer is in the way.
    pub lock_timeout: Duration,
    /// How many bytes a plan may write anew; none: as many as it needs.
    pub room: Option<i64>,
}

/// Asks the server whether a plan will come through.
///
/// # Errors
/// A server that takes no changes; rights that the role has not; more to write than there may be; rows that are
/// in the way, with how many they are and which.
pub async fn preflight(
    outcome: &Outcome,
    desired: &DesiredState,
    open: &OpenTarget,
    limits: Limits,
    talk: Talk<'_>,
) -> miette::Result<()> {
    let (plan, client) = (&outcome.plan, &open.connection.client);
    let recovering = client.query_one("SELECT pg_is_in_recovery()", &[]).await;
    if recovering.and_then(|row| row.try_get(0)).is_ok_and(|standby: bool| standby) {
        let message = "the server is a standby, which takes no changes";
        return Err(Located::new("pgconverge::preflight::standby", message)
            .help("name its primary, or several hosts with target_session_attrs=read-write")
            .into());
    }
    several("The role may not do all of the plan", rights::lacking(plan, client, talk).await)?;
    room::room(plan, limits.room, talk)?;
    in_the_way::tell(plan, client, limits.lock_timeout, talk).await;
    let found = rows::rows(plan, desired, client, talk).await;
    let problems = found.into_iter().map(|(_, problem)| problem).collect();
    several("Rows are in the way of the plan", problems)
}

/// Sets the windows apart that rows are in the way of, where that is wanted; then `outcome` is without them, and
/// has what is wrong with them.
///
/// # Errors
/// A catalog that cannot be read.
pub async fn set_windows_apart(
    settings: &mut Settings,
    outcome: &mut Outcome,
    desired: &mut DesiredState,
    open: &OpenTarget,
    talk: Talk<'_>,
) -> miette::Result<()> {
    let Some(apart) = &mut settings.windows_apart else { return Ok(()) };
    let found = windows_in_the_way(outcome, desired, open, talk).await;
    if found.is_empty() {
        return Ok(());
    }
    outcome.wrong.extend(found);
    apart.extend(outcome.wrong.iter().map(|wrong| wrong.parent.clone()));
    let without = compare_again(settings, desired, open, outcome).await?;
    *outcome = Outcome { wrong: std::mem::take(&mut outcome.wrong), ..without };
    Ok(())
}

/// The windows that rows are in the way of.
async fn windows_in_the_way(
    outcome: &Outcome,
    desired: &DesiredState,
    open: &OpenTarget,
    talk: Talk<'_>,
) -> Vec<Wrong> {
    let plan = &outcome.plan;
    let parent = |address: &Address| plan.changes.get(address)?.to.as_ref()?.partition_of.clone();
    let rules: BTreeSet<&Address> =
        desired.declared.rules.iter().map(|rule| rule.parent()).collect();
    let found = rows::rows(plan, desired, &open.connection.client, talk).await;
    let wrong = found.into_iter().filter_map(|(address, problem)| {
        let mut above = std::iter::successors(parent(&address), parent);
        above.find(|it| rules.contains(it)).map(|parent| Wrong { parent, problem })
    });
    wrong.collect()
}

fn several(headline: &str, problems: Vec<Located>) -> miette::Result<()> {
    if problems.is_empty() {
        return Ok(());
    }
    Err(Many { headline: headline.to_owned(), problems: problems.into() }.into())
}
