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
            None => comparison.add(Some(change(Action::Create, None, Some(to)))),
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
            None => comparison.add(Some(change(Action::Drop, Some(from), None))),
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

fn change(action: Action, from: Option<&Object>, to: Option<&Object>) -> Change {
    let object = to.or(from);
    Change {
        // One of the two is always there.
        address: object.map(|object| object.address.clone()).unwrap_or_else(|| {
            Address::global(crate::model::Tag(""), &"".into())
        }),
        action,
        from: from.cloned(),
        to: to.cloned(),
        differences: from.zip(to).map(|(from, to)| differences(from, to)).unwrap_or_default(),
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
    Some(match transition {
        Transition::InPlace => change(Action::Alter, Some(from), Some(&to)),
        Transition::Replace(reason) => Change {
            cause: Some(Cause::NotInPlace(reason)),
            ..change(Action::Replace, Some(from), Some(&to))
        },
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
    let mut partition = match (&object.address.schema, &object.address.relation) {
        (Some(schema), Some(relation)) => live.objects.values().find(|table| {
            table.partition_of.is_some()
                && table.address.schema.as_ref() == Some(schema)
                && table.address.name == *relation
        }),
        _ => Some(object),
    };
    while let Some(parent) = partition.and_then(|partition| partition.partition_of.as_ref()) {
        if let Some(rule) = spared.iter().find(|rule| rule.parent == *parent) {
            return Some(rule);
        }
        partition = live.objects.get(parent);
    }
    None
}
