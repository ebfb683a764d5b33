//! Partitions that come by a rule.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::kind::{InTheWay, Rolling};
use crate::model::{Address, Canonical, Database, Dependency, Object, Part};

/// Adds to the desired side what rules say is due in the face of what there is, and takes away what
/// is not needed. What came, with the table that it is a partition of.
///
/// # Errors
/// Live partitions where others are to be.
pub fn roll(
    desired: &mut Database<Canonical>,
    live: &Database<Canonical>,
    rules: &[Arc<dyn Rolling>],
) -> Result<Vec<(Address, Address)>, Box<InTheWay>> {
    let mut added = Vec::new();
    if rules.is_empty() {
        return Ok(added);
    }
    let (theirs, ours) = (by_parent(live), by_parent(desired));
    let mut dues = Vec::new();
    for rule in rules {
        let parent = rule.parent();
        let (ours, theirs) = (ours.get(parent), theirs.get(parent));
        let of = |side: Option<&Vec<_>>| side.cloned().unwrap_or_default();
        dues.push((rule, rule.due(&of(ours), &of(theirs))?));
    }
    for (rule, due) in dues {
        let covered: BTreeSet<Address> = due.covered.into_iter().collect();
        desired.objects.retain(|address, _| !covered.contains(address));
        desired.dependencies.retain(|Dependency { dependent, referenced, .. }| {
            !covered.contains(&dependent.address) && !covered.contains(&referenced.address)
        });
        for object in due.further {
            desired.dependencies.push(Dependency {
                dependent: Part::whole(&object.address),
                referenced: Part::whole(rule.parent()),
                automatic: true,
            });
            added.push((object.address.clone(), rule.parent().clone()));
            desired.objects.insert(object.address.clone(), object);
        }
    }
    Ok(added)
}

fn by_parent(side: &Database<Canonical>) -> BTreeMap<&Address, Vec<&Object>> {
    let mut found: BTreeMap<&Address, Vec<&Object>> = BTreeMap::new();
    for object in side.objects.values() {
        if let Some(parent) = &object.partition_of {
            found.entry(parent).or_default().push(object);
        }
    }
    found
}
