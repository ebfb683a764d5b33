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
        let referred = referred(step, changes);
        let own = |n: usize| key(&steps[n].address) == key(&step.address);
        for (n, tables) in arriving.iter().filter(|(n, _)| !own(*n)) {
            let concerned = tables.iter().any(|table| referred.contains(*table));
            if concerned && !reached(edges, m, false).contains(n) {
                let reason = || Reason::Last(steps[*n].address.clone());
                edges.entry((*n, m)).or_insert_with(reason);
            }
        }
    }
}

/// The tables whose rows the object refers to that a step makes.
fn referred(step: &Step, changes: &BTreeMap<Address, Change>) -> BTreeSet<Address> {
    let row = kinds::row(step.address.kind).1;
    let object = changes.get(&step.address).and_then(|change| change.to.as_ref());
    let needs = object.filter(|_| row.ties).map(row.needs).unwrap_or_default();
    needs.into_iter().filter(|part| part.column.is_none()).map(|part| part.address).collect()
}
