//! Partitions of one parent that have rows for each other.

use std::collections::{BTreeMap, BTreeSet};

use super::along::take_along;
use super::siblings::by_parent;
use crate::kind::Family;
use crate::kinds;
use crate::model::{Action, Address, Canonical, Cause, Change, Database, Object};

/// Has those made anew, parent by parent, that get rows of others or give some. `giving`: default partitions with rows
/// that belong to what comes.
pub(super) fn regroup(
    changes: &mut BTreeMap<Address, Change>,
    desired: &Database<Canonical>,
    live: &Database<Canonical>,
    giving: &BTreeSet<String>,
) {
    let parents: BTreeSet<Address> = changes.values().filter_map(parent).cloned().collect();
    let mut found = false;
    for parent in parents {
        // With a parent that is made anew, its partitions are.
        if changes.get(&parent).is_none_or(|change| change.action == Action::Alter) {
            found |= regroup_under(&parent, changes, desired, live, giving);
        }
    }
    if found {
        take_along(changes, desired, live);
    }
    without_those_that_leave(changes, live);
}

/// What comes, or stays with other bounds, has nothing to do with a default partition that leaves.
fn without_those_that_leave(changes: &mut BTreeMap<Address, Change>, live: &Database<Canonical>) {
    let leaves = |change: &&Change| {
        let [was, is] = change.parents();
        was.is_some() && was != is
    };
    let leaving: BTreeSet<Address> =
        changes.values().filter(leaves).map(|change| change.address.clone()).collect();
    if leaving.is_empty() {
        return;
    }
    let siblings = by_parent(live);
    for change in changes.values_mut().filter(|it| !leaving.contains(&it.address)) {
        for object in [&mut change.from, &mut change.to].into_iter().flatten() {
            let family = object.partition_of.as_ref().and_then(|it| siblings.get(it));
            let Some(family) = family else { continue };
            let beside: Vec<&Object> =
                family.iter().filter(|it| !leaving.contains(&it.address)).copied().collect();
            if beside.len() < family.len() {
                (kinds::row(object.address.kind).1.joins)(object, &beside);
            }
        }
    }
}

pub(super) fn parent(change: &Change) -> Option<&Address> {
    change.to.as_ref().or(change.from.as_ref())?.partition_of.as_ref()
}

fn regroup_under(
    of: &Address,
    changes: &mut BTreeMap<Address, Change>,
    desired: &Database<Canonical>,
    live: &Database<Canonical>,
    giving: &BTreeSet<String>,
) -> bool {
    let row = kinds::row(of.kind).1;
    let above = with_parents(of, live);
    let family = family(of, &above, desired, live);
    loop {
        let mut group: Vec<&mut Change> =
            changes.values_mut().filter(|change| parent(change) == Some(of)).collect();
        let more = (row.regroup)(&mut group, &family, giving);
        let more =
            live.objects.values().filter(|object| more.contains(&object.address.qualified()));
        let more: Vec<Change> =
            more.filter_map(|from| anew(from, desired, Action::Alter, None)).collect();
        if more.is_empty() {
            break;
        }
        changes.extend(more.into_iter().map(|change| (change.address.clone(), change)));
    }
    changes.values().any(|change| {
        parent(change) == Some(of) && change.from.as_ref().is_some_and(row.is_regrouped)
    })
}

/// The relation, and what it is a partition of.
pub(super) fn with_parents(of: &Address, live: &Database<Canonical>) -> Vec<Address> {
    let above = |it: &Address| live.objects.get(it)?.partition_of.clone();
    std::iter::successors(Some(of.clone()), |it| above(it)).collect()
}

fn family(
    of: &Address,
    above: &[Address],
    desired: &Database<Canonical>,
    live: &Database<Canonical>,
) -> Family {
    let on = |object: &&Object, relation: &Address| {
        object.address.schema == relation.schema
            && object.address.relation.as_ref() == Some(&relation.name)
    };
    let key = |side: &Database<Canonical>| kinds::row_key(side.objects.values(), of);
    let own = desired.objects.values().filter(|it| above.iter().any(|relation| on(it, relation)));
    let others = own.flat_map(kinds::refers).filter(|to| !above.contains(to));
    let refers: BTreeSet<String> = others.map(|to| to.qualified()).collect();
    let kept = key(live).filter(|columns| key(desired).as_ref() == Some(columns));
    Family { key: kept, refers: refers.into_iter().collect() }
}

pub(super) fn anew(
    from: &Object,
    desired: &Database<Canonical>,
    action: Action,
    cause: Option<Cause>,
) -> Option<Change> {
    let to = from.becoming(desired.objects.get(&from.address)?);
    let (address, from) = (from.address.clone(), Some(from.clone()));
    let (differences, released) = (Vec::new(), Vec::new());
    Some(Change { address, action, from, to: Some(to), differences, cause, released })
}
