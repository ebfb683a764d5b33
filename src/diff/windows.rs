//! The changes that a rule about partitions asks for, apart from all others.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::compare::Comparison;
use crate::kind::Rolling;
use crate::kinds;
use crate::model::{Action, Address, Canonical, Cause, Change, Database};

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
        .filter(|change| goes(change) || comes(change, changes, desired, &parents))
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

fn goes(change: &Change) -> bool {
    matches!(change.cause, Some(Cause::Ruled(_)))
}

/// A partition that is made or attached, or something on one that is made.
fn comes(
    change: &Change,
    changes: &std::collections::BTreeMap<Address, Change>,
    desired: &Database<Canonical>,
    parents: &BTreeSet<&Address>,
) -> bool {
    let Some(to) = &change.to else { return false };
    if to.partition_of.as_ref().is_some_and(|parent| parents.contains(parent)) {
        let joins = |from: &crate::model::Object| from.partition_of.is_none();
        return change.from.as_ref().is_none_or(joins);
    }
    let on = kinds::parent(to, &desired.objects).and_then(|parent| changes.get(&parent));
    change.action == Action::Create && on.is_some_and(|on| comes(on, changes, desired, parents))
}
