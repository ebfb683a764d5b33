//! What a replaced object takes along.

use std::collections::{BTreeMap, HashSet};

use crate::kind::Disturbance;
use crate::kinds;
use crate::model::{Action, Address, Canonical, Cause, Change, Database, Part};

/// Replaces, to a fixpoint, whatever depends on something that is replaced. What depends on
/// something that is dropped for good has a change of its own already, or is dropped as well:
/// in the desired state it cannot depend on what is not there.
pub fn take_along(
    changes: &mut BTreeMap<Address, Change>,
    desired: &Database<Canonical>,
    live: &Database<Canonical>,
) {
    let wanted: HashSet<(&Part, &Part)> =
        desired.dependencies.iter().map(|d| (&d.dependent, &d.referenced)).collect();
    let needed: HashSet<(&Address, &Address)> = desired
        .dependencies
        .iter()
        .map(|d| (&d.dependent.address, &d.referenced.address))
        .collect();
    loop {
        let mut news = Vec::new();
        for dependency in &live.dependencies {
            let (dependent, referenced) = (&dependency.dependent, &dependency.referenced);
            // A dependency that is there before and after has to be made anew; so has whoever stays
            // as it is while something it holds on to goes for good, as a foreign key does when
            // the key that it refers to gets another name.
            let goes = is_action(changes, &referenced.address, Action::Drop)
                && !changes.get(&dependent.address).is_some_and(Change::redefines);
            // Whoever needs something else of what is made anew can neither let go of it first nor
            // wait for it.
            let elsewhere = dependent.column.is_none()
                && is_action(changes, &referenced.address, Action::Replace)
                && needed.contains(&(&dependent.address, &referenced.address));
            if !goes && !elsewhere && !wanted.contains(&(dependent, referenced)) {
                continue;
            }
            let Some(loss) = loss(changes, referenced) else { continue };
            let row = kinds::row(dependent.address.kind).1;
            let own = dependent.address == referenced.address;
            // Whoever inherits a column gets its default, and keeps one of its own.
            let heir = !own
                && dependent.address.kind == referenced.address.kind
                && released(desired, dependent);
            let lives = match loss {
                Disturbance::Redefaulted => true,
                Disturbance::Retyped => row.survives_retype && !own,
                Disturbance::Recreated => false,
            };
            if lives && !heir {
                continue;
            }
            let change = changes.get(&dependent.address);
            let settled = change.is_some_and(|change| {
                matches!(change.action, Action::Drop | Action::Replace | Action::Create)
                    || change.released.contains(dependent)
            });
            // What is nobody's business here stays as it is.
            let known =
                [desired, live].iter().all(|side| side.objects.contains_key(&dependent.address));
            if !settled && known {
                news.push((dependent.clone(), referenced.clone()));
            }
        }
        if news.is_empty() {
            return;
        }
        for (dependent, referenced) in news {
            settle(changes, desired, live, &dependent, referenced);
        }
    }
}

fn is_action(changes: &BTreeMap<Address, Change>, address: &Address, action: Action) -> bool {
    changes.get(address).is_some_and(|change| change.action == action)
}

/// What happens to `part`, if it does not stay as it is.
fn loss(changes: &BTreeMap<Address, Change>, part: &Part) -> Option<Disturbance> {
    let change = changes.get(&part.address)?;
    if change.released.contains(part) {
        let (from, column) = (change.from.as_ref()?, part.column.as_ref()?);
        let release = (kinds::row(part.address.kind).1.release)(from, column)?;
        return release.recreates.then_some(Disturbance::Recreated);
    }
    match (change.action, &change.from, &change.to) {
        (Action::Replace | Action::Drop, ..) => Some(Disturbance::Recreated),
        (Action::Alter, Some(from), Some(to)) => {
            let column = part.column.as_ref()?;
            (kinds::row(part.address.kind).1.disturbs)(from, to)
                .into_iter()
                .find(|(name, _)| name == column)
                .map(|(_, how)| how)
        }
        _ => None,
    }
}

fn settle(
    changes: &mut BTreeMap<Address, Change>,
    desired: &Database<Canonical>,
    live: &Database<Canonical>,
    dependent: &Part,
    referenced: Part,
) {
    let address = &dependent.address;
    let (Some(from), Some(to)) = (live.objects.get(address), desired.objects.get(address)) else {
        return;
    };
    let change = changes.entry(address.clone()).or_insert_with(|| Change {
        address: address.clone(),
        action: Action::Alter,
        from: Some(from.clone()),
        to: Some(from.becoming(to)),
        differences: Vec::new(),
        cause: None,
        released: Vec::new(),
    });
    change.cause.get_or_insert(Cause::DependsOn(referenced));
    let row = kinds::row(address.kind).1;
    let released =
        dependent.column.as_ref().is_some_and(|column| (row.release)(from, column).is_some());
    if released {
        change.released.push(dependent.clone());
    } else {
        change.action = Action::Replace;
    }
}

/// Whether a column has an expression that is put back when it was in the way.
fn released(desired: &Database<Canonical>, part: &Part) -> bool {
    let object = desired.objects.get(&part.address).zip(part.column.as_ref());
    object.is_some_and(|(object, column)| {
        (kinds::row(part.address.kind).1.release)(object, column).is_some()
    })
}
