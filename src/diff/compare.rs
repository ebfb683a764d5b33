//! Object by object.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::differences::differences;
use crate::kind::{Spared, Transition};
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
    spared: &[Spared],
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
    for to in missing {
        comparison.add(Some(one_sided(Action::Create, to)));
    }
    for from in beyond {
        match spared_by(from, live, spared) {
            Some(rule) => {
                let remark = from.partition_of.as_ref().and_then(|_| (rule.remark)(from));
                comparison.remarks.extend(remark);
            }
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
        Action::Drop => (Some(object.clone()), None),
        _ => (None, Some(object.clone())),
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
    let transition = if from.partition_of != to.partition_of {
        Transition::Replace("a partition cannot change its parent in place")
    } else if from.spec == to.spec {
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

/// The rule that spares a live object: it is a partition of the rule's table, at any depth, or is
/// on one.
fn spared_by<'a>(
    object: &Object,
    live: &Database<Canonical>,
    spared: &'a [Spared],
) -> Option<&'a Spared> {
    if spared.is_empty() {
        return None;
    }
    let mut part = object;
    loop {
        let parent = kinds::parent(part, &live.objects)?;
        let rule = spared.iter().find(|rule| rule.parent == parent);
        if let (Some(rule), true) = (rule, part.partition_of.is_some()) {
            return Some(rule);
        }
        part = live.objects.get(&parent)?;
    }
}
