//! What refers to rows of partitions that come with the plan, or come back.

use std::collections::{BTreeMap, BTreeSet};

use super::above::with_parents;
use super::edges::Edges;
use super::grounds::key;
use super::passage::reached;
use crate::kinds;
use crate::model::{Action, Address, Change, Dependency, Effect, Reach, Reason, Step};

/// Lets what is new and refers to rows, as a foreign key does, wait for the partitions that bring some, unless these wait
/// for it: before, it would miss them, and no partition could leave its parent to whose rows it refers.
pub fn order(
    steps: &[Step],
    edges: &mut Edges,
    changes: &BTreeMap<Address, Change>,
    desired: &[Dependency],
) {
    let arriving: Vec<(usize, Vec<&Address>)> = steps
        .iter()
        .enumerate()
        .filter(|(_, step)| {
            changes.get(&step.address).is_some_and(|change| change.action == Action::Alter)
        })
        .filter_map(|(n, step)| match &step.reach {
            Some(Reach::Joins(parent)) => Some((n, with_parents(parent, desired))),
            _ => None,
        })
        .collect();
    if arriving.is_empty() {
        return;
    }
    for (m, step) in steps.iter().enumerate().filter(|(_, step)| step.effect == Effect::Create) {
        let Some(object) = changes.get(&step.address).and_then(|change| change.to.as_ref()) else {
            continue;
        };
        let referred: BTreeSet<Address> = kinds::refers(object).collect();
        let own = |n: usize| key(&steps[n].address) == key(&step.address);
        let concern = |tables: &[&Address]| tables.iter().any(|table| referred.contains(*table));
        let bring = arriving.iter().filter(|(n, tables)| concern(tables) && !own(*n));
        let bring: Vec<usize> = bring.map(|(n, _)| *n).collect();
        if bring.is_empty() {
            continue;
        }
        let follows = reached(edges, m, false);
        for n in bring.into_iter().filter(|n| !follows.contains(n)) {
            let reason = || Reason::Last(steps[n].address.clone());
            edges.entry((n, m)).or_insert_with(reason);
        }
    }
}
