//! What the parts of an object lose by the change of it.

use std::collections::{BTreeMap, VecDeque};

use super::siblings::by_parent;
use crate::kinds;
use crate::model::{Action, Address, Canonical, Cause, Change, Database, Object};

/// Has those parts come to what they are parts of anew, at any depth, that lose something as that changes.
pub(super) fn unsettle(
    changes: &mut BTreeMap<Address, Change>,
    desired: &Database<Canonical>,
    live: &Database<Canonical>,
) {
    let alters = |change: &&Change| {
        let is_part = change.to.as_ref().is_some_and(|to| to.partition_of.is_some());
        is_part && change.action == Action::Alter
    };
    let altered = changes.values().filter(alters).map(|change| change.address.clone());
    let mut due: VecDeque<Address> = altered.collect();
    if due.is_empty() {
        return;
    }
    let parts = by_parent(live);
    while let Some(address) = due.pop_front() {
        for part in parts.get(&address).into_iter().flatten() {
            if let Some(change) = unsettled(changes, &address, part, desired) {
                due.push_back(part.address.clone());
                changes.insert(part.address.clone(), change);
            }
        }
    }
}

fn unsettled(
    changes: &BTreeMap<Address, Change>,
    of: &Address,
    part: &Object,
    desired: &Database<Canonical>,
) -> Option<Change> {
    let above = changes.get(of)?;
    let own = changes.get(&part.address);
    let live = own.map_or(Some(part), |own| own.from.as_ref())?;
    let row = kinds::row(of.kind).1;
    let marked = (row.unsettled)(above.from.as_ref()?, above.to.as_ref()?, live)?;
    if let Some(own) = own {
        let stays = own.to.as_ref().is_some_and(|to| to.partition_of.as_ref() == Some(of));
        let alters = own.action == Action::Alter && stays;
        return alters.then(|| Change { from: Some(marked), ..own.clone() });
    }
    let to = part.becoming(desired.objects.get(&part.address)?);
    Some(Change {
        address: part.address.clone(),
        action: Action::Alter,
        from: Some(marked),
        to: Some(to),
        differences: Vec::new(),
        cause: Some(Cause::PartOf(of.clone())),
        released: Vec::new(),
    })
}
