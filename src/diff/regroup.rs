//! Partitions of one parent that have rows for each other.

use std::collections::BTreeMap;

use crate::kinds;
use crate::model::{Address, Change};

/// Tells them, parent by parent; with `moves`, also what belongs to new ones and is in none of the others.
pub fn regroup(changes: &mut BTreeMap<Address, Change>, moves: bool) {
    let mut groups: BTreeMap<Address, Vec<&mut Change>> = BTreeMap::new();
    for change in changes.values_mut() {
        let side = change.to.as_ref().or(change.from.as_ref());
        if let Some(parent) = side.and_then(|side| side.partition_of.clone()) {
            groups.entry(parent).or_default().push(change);
        }
    }
    for group in groups.values_mut() {
        if let Some(first) = group.first() {
            (kinds::row(first.address.kind).1.regroup)(group, moves);
        }
    }
}
