//! Object by object.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::differences::differences;
use super::siblings::{Siblings, by_parent};
use std::sync::Arc;

use crate::kind::{Fate, Rolling, Transition};
use crate::kinds;
use crate::model::{Action, Address, Canonical, Cause, Change, Database, Object};

/// What differs, before anything is taken along.
#[derive(Debug, Default)]
pub struct Comparison {
    pub changes: BTreeMap<Address, Change>,
    /// What is to be said of live objects that nobody declares and that stay.
    pub remarks: Vec<String>,
}

/// Compares every object of the two sides; what they agree on is not in the result.
#[must_use]
pub fn compare(
    desired: &Database<Canonical>,
    live: &Database<Canonical>,
    rules: &[Arc<dyn Rolling>],
) -> Comparison {
    let mut comparison = Comparison::default();
    let (mut missing, mut beyond) = (Vec::new(), Vec::new());
    // Both sides are sorted alike, so one walk along the two finds who has a counterpart.
    let (mut lives, mut desireds) =
        (live.objects.values().peekable(), desired.objects.values().peekable());
    loop {
        let order = match (desireds.peek(), lives.peek()) {
            (Some(to), Some(from)) => to.address.cmp(&from.address),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => break,
        };
        match order {
            Ordering::Less => missing.extend(desireds.next()),
            Ordering::Greater => beyond.extend(lives.next()),
            Ordering::Equal => {
                if let (Some(to), Some(from)) = (desireds.next(), lives.next()) {
                    comparison.add(altered(from, to, desired));
                }
            }
        }
    }
    let comes = missing.iter().any(|to| to.partition_of.is_some());
    let moved = |change: &Change| {
        let [from, to] = change.parents();
        from != to
    };
    let moves = comparison.changes.values().any(moved);
    let siblings = if comes || moves { by_parent(live) } else { Siblings::new() };
    for to in comparison.changes.values_mut().filter(|it| moved(it)).filter_map(|it| it.to.as_mut())
    {
        join(to, live, &siblings);
    }
    for to in missing {
        let mut object = to.clone();
        join(&mut object, live, &siblings);
        comparison.add(Some(one_sided(Action::Create, &object)));
    }
    for from in beyond {
        match fate(from, desired, live, rules) {
            Some(Fate::Stays(remark)) => comparison.remarks.extend(remark),
            Some(Fate::Becomes(to, reason)) => comparison.add(Some(Change {
                differences: differences(from, &to),
                cause: Some(Cause::Ruled(reason)),
                to: Some(*to),
                ..one_sided(Action::Alter, from)
            })),
            Some(Fate::Drops(from, reason)) => comparison.add(Some(Change {
                cause: Some(Cause::Ruled(reason)),
                ..one_sided(Action::Drop, &from)
            })),
            None if (kinds::row(from.address.kind).1.stays)(from) => {}
            None => comparison.add(Some(one_sided(Action::Drop, from))),
        }
    }
    comparison
}

impl Comparison {
    fn add(&mut self, change: Option<Change>) {
        if let Some(change) = change {
            self.changes.insert(change.address.clone(), change);
        }
    }
}

fn one_sided(action: Action, object: &Object) -> Change {
    let (from, to) = match action {
        Action::Create => (None, Some(object.clone())),
        _ => (Some(object.clone()), None),
    };
    Change {
        address: object.address.clone(),
        action,
        from,
        to,
        differences: Vec::new(),
        cause: None,
        released: Vec::new(),
    }
}

/// A partition of a table that is there already is told so.
fn join(to: &mut Object, live: &Database<Canonical>, siblings: &Siblings<'_>) {
    if let Some(parent) = to.partition_of.as_ref().filter(|it| live.objects.contains_key(*it)) {
        let beside = siblings.get(parent).map_or(&[][..], Vec::as_slice);
        (kinds::row(to.address.kind).1.joins)(to, beside);
    }
}

fn altered(from: &Object, to: &Object, desired: &Database<Canonical>) -> Option<Change> {
    if from.is_as(to) {
        return None;
    }
    if let Some(spec) = desired.respelled.get(&to.address)
        && from.is_as_with(to, spec)
    {
        return None;
    }
    let to = Object { any_name: false, ..from.becoming(to) };
    let transition = if from.spec == to.spec {
        // The header alone differs, which all kinds change in place.
        Transition::InPlace
    } else {
        (kinds::row(from.address.kind).1.transition)(from, &to)
    };
    let (action, cause) = match transition {
        Transition::InPlace => (Action::Alter, None),
        Transition::Replace(reason) => (Action::Replace, Some(Cause::NotInPlace(reason))),
    };
    Some(Change {
        address: from.address.clone(),
        action,
        differences: differences(from, &to),
        from: Some(from.clone()),
        to: Some(to),
        cause,
        released: Vec::new(),
    })
}

/// What a rule makes of a live object that nobody declares: one of its own partitions, at any depth,
/// or something on one that nobody declares either, which stays and goes with it.
fn fate(
    object: &Object,
    desired: &Database<Canonical>,
    live: &Database<Canonical>,
    rules: &[Arc<dyn Rolling>],
) -> Option<Fate> {
    if rules.is_empty() {
        return None;
    }
    let ruled = |part: &Object| rules.iter().find_map(|rule| rule.fate(part));
    if let Some(fate) = ruled(object) {
        return Some(fate);
    }
    let mut part = object;
    loop {
        part = live.objects.get(&kinds::parent(part, &live.objects)?)?;
        if desired.objects.contains_key(&part.address) {
            return None;
        }
        match ruled(part) {
            // It is dropped like everything that is not declared.
            Some(Fate::Drops(..)) => return None,
            Some(_) => return Some(Fate::Stays(None)),
            None => {}
        }
    }
}
