//! The changes that a rule about partitions asks for, apart from all others.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::compare::Comparison;
use crate::kind::{Rolling, copied, is_helper};
use crate::kinds;
use crate::model::{Action, Address, Canonical, Cause, Change, Database, Object};

type Changes = BTreeMap<Address, Change>;

/// Leaves in `comparison` the partitions that come by a rule, with what is on them, those that go by one, and
/// what a run that was cut off has left on any of them; says how much else there is. A table that is not there
/// yet has no partitions to keep.
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
    let scope = Scope { changes, desired, live, parents };
    let kept: BTreeSet<Address> = changes
        .values()
        .filter(|change| scope.goes(change) || scope.comes(change) || scope.is_left_behind(change))
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

/// What the rules are about.
struct Scope<'a> {
    changes: &'a Changes,
    desired: &'a Database<Canonical>,
    live: &'a Database<Canonical>,
    parents: BTreeSet<&'a Address>,
}

impl Scope<'_> {
    /// What a rule takes away, and what goes with that.
    fn goes(&self, change: &Change) -> bool {
        if matches!(change.cause, Some(Cause::Ruled(_))) {
            return true;
        }
        let Some(from) = change.from.as_ref().filter(|_| change.action == Action::Drop) else {
            return false;
        };
        let on = kinds::parent(from, &self.live.objects);
        let on = on.and_then(|parent| self.changes.get(&parent));
        on.is_some_and(|on| on.action == Action::Drop && self.goes(on))
    }

    /// A partition that is made or attached, at any depth, or something on one that is made.
    fn comes(&self, change: &Change) -> bool {
        let Some(to) = &change.to else { return false };
        if self.is_below(to, self.desired) {
            let joins = |from: &Object| from.partition_of.is_none();
            return change.from.as_ref().is_none_or(joins) && self.has_room_for(to);
        }
        let on = kinds::parent(to, &self.desired.objects);
        let on = on.and_then(|parent| self.changes.get(&parent));
        change.action == Action::Create && on.is_some_and(|on| self.comes(on))
    }

    /// Whether what a partition is to be in is divided as it is to be, or comes with it: else the one waits for
    /// changes of others, which are none of the rules' business.
    fn has_room_for(&self, partition: &Object) -> bool {
        let Some(parent) = &partition.partition_of else { return false };
        if self.parents.contains(parent) {
            return true;
        }
        let own = self.changes.get(parent);
        if own.is_some_and(|own| self.comes(own)) {
            return true;
        }
        let mut beside =
            self.live.objects.values().filter(|it| it.partition_of.as_ref() == Some(parent));
        let stays = |it: &Object| self.changes.get(&it.address).is_none_or(|it| !it.redefines());
        own.is_none_or(|own| own.action == Action::Alter && !own.redefines()) && beside.all(stays)
    }

    /// What is there only while a plan runs, or was begun and serves nobody, on the tables of the rules; and a
    /// copy of one of their partitions, which is gone on with where it is still wanted.
    fn is_left_behind(&self, change: &Change) -> bool {
        let Some(from) = &change.from else { return false };
        let row = kinds::row(change.address.kind).1;
        if (row.is_workshop)(from) {
            let of: Vec<&str> = from.comment.as_deref().into_iter().flat_map(copied).collect();
            let partitions = self.live.objects.values().filter(|it| self.is_below(it, self.live));
            let mut partitions = partitions.map(|it| it.address.qualified());
            return partitions.any(|it| of.contains(&it.as_str()));
        }
        let on = kinds::parent(from, &self.live.objects).is_some_and(|on| {
            let below = |side: &Database<Canonical>| {
                side.objects.get(&on).is_some_and(|it| self.is_below(it, side))
            };
            self.parents.contains(&on) || below(self.live) || below(self.desired)
        });
        let serves_nobody = || (row.unfinished)(from, change.to.as_ref()).iter().any(|it| it.idle);
        // An index with such a name may be whole, and wait for its place.
        let helps = change.action == Action::Drop
            && (row.is_inherited)(from)
            && is_helper(&change.address.name);
        on && (helps || serves_nobody())
    }

    /// Whether it is a partition of a table with a rule, at any depth.
    fn is_below(&self, object: &Object, side: &Database<Canonical>) -> bool {
        object.partition_of.as_ref().is_some_and(|parent| {
            let within = || side.objects.get(parent).is_some_and(|it| self.is_below(it, side));
            self.parents.contains(parent) || within()
        })
    }
}
