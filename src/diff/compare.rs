//! Object by object.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::differences::differences;
use crate::kind::{Spared, Transition};
use crate::kinds;
use crate::model::{Action, Address, Canonical, Cause, Change, Database, Object, Spec};

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
    let same_but_for_name = match_any_names(desired, live);
    let mut matched: BTreeSet<&Address> = same_but_for_name.values().copied().collect();
    for (address, to) in &desired.objects {
        let counterpart = same_but_for_name.get(address).copied().unwrap_or(address);
        match live.objects.get(counterpart) {
            Some(from) => {
                matched.insert(counterpart);
                let respelled = desired.respelled.get(address);
                if respelled.is_some_and(|spec| from.same_facts(&respell(to, spec))) {
                    continue;
                }
                comparison.add(altered(from, to));
            }
            None => comparison.add(Some(one_sided(Action::Create, to))),
        }
    }
    for (address, from) in &live.objects {
        if matched.contains(address) {
            continue;
        }
        match spared_by(from, live, spared) {
            Some(rule) => {
                let remark = from.partition_of.as_ref().and_then(|_| (rule.remark)(from));
                comparison.remarks.extend(remark);
            }
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

fn respell(object: &Object, spec: &Spec) -> Object {
    Object { spec: spec.clone(), ..object.clone() }
}

fn altered(from: &Object, to: &Object) -> Option<Change> {
    if from.same_facts(to) {
        return None;
    }
    // The name that is there stays where any would do.
    let to = Object { address: from.address.clone(), any_name: false, ..to.clone() };
    let transition = if from.partition_of == to.partition_of {
        (kinds::row(from.address.kind).1.transition)(from, &to)
    } else {
        Transition::Replace("a partition cannot change its parent in place")
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

/// Desired objects whose name nobody asked for, with the live ones that are the same but for it.
fn match_any_names<'a>(
    desired: &'a Database<Canonical>,
    live: &'a Database<Canonical>,
) -> HashMap<&'a Address, &'a Address> {
    let mut found = HashMap::new();
    for (address, object) in &desired.objects {
        if !object.any_name || live.objects.contains_key(address) {
            continue;
        }
        let candidate = live.objects.iter().find(|(candidate, other)| {
            candidate.kind == address.kind
                && candidate.schema == address.schema
                && candidate.relation == address.relation
                && !desired.objects.contains_key(*candidate)
                && other.spec == object.spec
        });
        found.extend(candidate.map(|(candidate, _)| (address, candidate)));
    }
    found
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
        let parent = kinds::parent(part)?;
        let rule = spared.iter().find(|rule| rule.parent == parent);
        if let (Some(rule), true) = (rule, part.partition_of.is_some()) {
            return Some(rule);
        }
        part = live.objects.get(&parent)?;
    }
}
