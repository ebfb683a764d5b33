//! What holds the rows of partitions that are not with their parent for a moment.

use std::collections::{BTreeMap, BTreeSet};

use super::along::take_along;
use super::regroup::{anew, parent, with_parents};
use crate::kinds;
use crate::model::{Action, Address, Canonical, Cause, Change, Database, Part};

/// Has made anew what refers to rows of partitions that give theirs to others, or leave their parent and come back, as a
/// foreign key does: PostgreSQL lets none leave to whose rows any refer.
pub(super) fn loosen(
    changes: &mut BTreeMap<Address, Change>,
    desired: &Database<Canonical>,
    live: &Database<Canonical>,
) {
    let mut sources: BTreeMap<Address, Address> = BTreeMap::new();
    let gives = changes.values().filter(|change| gives(change, changes));
    let rejoins = changes.values().filter(|change| rejoins(change, changes));
    for change in gives.chain(rejoins) {
        if let Some(parent) = parent(change) {
            sources.entry(parent.clone()).or_insert_with(|| change.address.clone());
        }
    }
    if sources.is_empty() {
        return;
    }
    for (parent, source) in sources {
        let above = with_parents(&parent, live);
        let holders = live
            .objects
            .values()
            .filter(|object| kinds::refers(object).any(|to| above.contains(&to)));
        for object in holders {
            let cause = Cause::DependsOn(Part::whole(&source));
            match changes.get_mut(&object.address) {
                Some(change) if change.action == Action::Alter => {
                    (change.action, change.cause) = (Action::Replace, Some(cause));
                }
                Some(_) => {}
                None => {
                    let change = anew(object, desired, Action::Replace, Some(cause));
                    changes.extend(change.map(|change| (change.address.clone(), change)));
                }
            }
        }
    }
    take_along(changes, desired, live);
}

/// Whether it gives rows to others, or gets some.
fn gives(change: &Change, changes: &BTreeMap<Address, Change>) -> bool {
    let above = parent(change).and_then(|it| changes.get(it));
    change.from.as_ref().is_some_and(kinds::row(change.address.kind).1.is_regrouped)
        && above.is_none_or(|above| above.action == Action::Alter)
}

/// Whether it leaves its parent, and comes back.
fn rejoins(change: &Change, changes: &BTreeMap<Address, Change>) -> bool {
    let sides = change.from.as_ref().zip(change.to.as_ref());
    change.action == Action::Alter
        && sides.is_some_and(|(from, to)| (kinds::row(change.address.kind).1.rejoins)(from, to))
        && stays(parent(change), changes)
}

/// Whether a table, and what it is a partition of, stay where they are.
fn stays(table: Option<&Address>, changes: &BTreeMap<Address, Change>) -> bool {
    let mut seen = BTreeSet::new();
    let mut next = table.cloned();
    while let Some(change) =
        next.filter(|it| seen.insert(it.clone())).and_then(|it| changes.get(&it))
    {
        let [from, to] = change.parents();
        if change.action != Action::Alter || from != to {
            return false;
        }
        next = to.cloned();
    }
    true
}
