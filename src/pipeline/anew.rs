//! Relations that are copied where PostgreSQL would write them anew while nobody can use them.

use std::collections::BTreeMap;

use super::settings::Settings;
use crate::catalog::Snapshot;
use crate::diff;
use crate::model::{Action, Address, Canonical, Change, Database, Name, Plan};
use crate::plan::{self, Relations};

/// Those that are to stay usable. `relations` are those at hand, else `snapshot` is asked.
///
/// # Errors
/// A broken connection.
pub async fn candidates(
    settings: &Settings,
    changes: &BTreeMap<Address, Change>,
    wanted: &Database<Canonical>,
    live: &Database<Canonical>,
    relations: &Relations,
    snapshot: Option<&Snapshot<'_>>,
) -> miette::Result<Vec<Address>> {
    let Some(from) = settings.online_from else { return Ok(Vec::new()) };
    let mut found = diff::written_anew(changes, wanted, live);
    if found.is_empty() {
        return Ok(found);
    }
    let names: Vec<(Name, Name)> = found.iter().filter_map(plan::key).collect();
    let asked = match snapshot {
        Some(snapshot) => Some(snapshot.relations(Some(&names)).await?),
        None => None,
    };
    let relations = asked.as_ref().unwrap_or(relations);
    found.retain(|address| {
        let given = settings.given.sizes.get(&address.qualified()).map(|size| size.pages);
        let key = plan::key(address);
        let pages = given.or_else(|| relations.get(&key?).map(|relation| relation.pages));
        pages.is_some_and(|pages| pages >= from)
    });
    Ok(found)
}

/// What is said of those that are written anew all the same, for want of leave.
pub fn remark(address: &Address) -> String {
    format!(
        "{address} is written anew while nobody can use it; with `--allow copy` its rows are copied while \
         others go on"
    )
}

/// Whether the plan copies its rows while others go on.
pub fn is_copied(plan: &Plan, address: &Address) -> bool {
    let replaced = plan.changes.get(address).is_some_and(|it| it.action == Action::Replace);
    let mut own = plan.steps.iter().filter(|step| step.address == *address);
    replaced && own.any(|step| step.copies && !step.transactional)
}
