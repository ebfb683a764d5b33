//! The changes that a rule about partitions asks for, apart from all others.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::compare::Comparison;
use crate::kind::Rolling;
use crate::kinds;
use crate::model::{Action, Address, Canonical, Cause, Change, Database, Object};

type Changes = BTreeMap<Address, Change>;

/// Leaves in `comparison` the partitions that come by a rule, with what is on them, and those that go
/// by one; says how much else there is. A table that is not there yet has no partitions to keep.
pub fn only_windows(
    comparison: &mut Comparison,
    desired: &Database<Canonical>,
    live: &Database<Canonical>,
    rules: &[Arc<dyn Rolling>],
) {
    let parents: BTreeSet<&Address> = rules
        .iter()
        .map(|rule| rule.parent())
        .filter(|parent| live.objects.contains_key(*parent))
        .collect();
    let all = comparison.changes.len();
    let changes = &comparison.changes;
    let kept: BTreeSet<Address> = changes
        .values()
        .filter(|change| goes(change, changes, live) || comes(change, changes, desired, &parents))
        .map(|change| change.address.clone())
        .collect();
    comparison.changes.retain(|address, _| kept.contains(address));
    let others = all - kept.len();
    if others > 0 {
        let (objects, differ) =
            if others == 1 { ("object", "differs") } else { ("objects", "differ") };
        comparison.remarks.push(format!(
            "{others} other {objects} {differ} from the files, and {} left alone here: `pgconverge plan` shows more",
            if others == 1 { "is" } else { "are" }
        ));
    }
}

/// What a rule takes away, and what goes with that.
fn goes(change: &Change, changes: &Changes, live: &Database<Canonical>) -> bool {
    if matches!(change.cause, Some(Cause::Ruled(_))) {
        return true;
    }
    let Some(from) = change.from.as_ref().filter(|_| change.action == Action::Drop) else {
        return false;
    };
    let on = kinds::parent(from, &live.objects).and_then(|parent| changes.get(&parent));
    on.is_some_and(|on| on.action == Action::Drop && goes(on, changes, live))
}

/// A partition that is made or attached, at any depth, or something on one that is made.
fn comes(
    change: &Change,
    changes: &Changes,
    desired: &Database<Canonical>,
    parents: &BTreeSet<&Address>,
) -> bool {
    let Some(to) = &change.to else { return false };
    if is_below(to, desired, parents) {
        let joins = |from: &Object| from.partition_of.is_none();
        return change.from.as_ref().is_none_or(joins);
    }
    let on = kinds::parent(to, &desired.objects).and_then(|parent| changes.get(&parent));
    change.action == Action::Create && on.is_some_and(|on| comes(on, changes, desired, parents))
}

fn is_below(object: &Object, desired: &Database<Canonical>, parents: &BTreeSet<&Address>) -> bool {
    object.partition_of.as_ref().is_some_and(|parent| {
        let within =
            || desired.objects.get(parent).is_some_and(|it| is_below(it, desired, parents));
        parents.contains(parent) || within()
    })
}
