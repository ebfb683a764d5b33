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
        let mut retyped: BTreeMap<&Address, Vec<(&Part, &Part)>> = BTreeMap::new();
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
            // What is nobody's business here stays as it is.
            let known =
                [desired, live].iter().all(|side| side.objects.contains_key(&dependent.address));
            if !known || is_settled(changes, dependent, referenced) {
                continue;
            }
            let own = dependent.address == referenced.address;
            // Whoever inherits a column gets its default, and keeps one of its own.
            let heir = !own
                && dependent.address.kind == referenced.address.kind
                && steps_aside(desired, dependent, referenced);
            match loss {
                Disturbance::Redefaulted if !heir => {}
                Disturbance::Retyped if !heir && !own => {
                    retyped.entry(&dependent.address).or_default().push((dependent, referenced));
                }
                _ => news.push((dependent, referenced)),
            }
        }
        // One that can follow the type of one column may not be able to follow those of two.
        for (address, parts) in retyped {
            let of: Vec<&Part> = parts.iter().map(|(_, referenced)| *referenced).collect();
            let survives = live
                .objects
                .get(address)
                .is_none_or(|object| (kinds::row(address.kind).1.survives_retype)(object, &of));
            if !survives {
                news.extend(parts);
            }
        }
        if news.is_empty() {
            return;
        }
        for (dependent, referenced) in news {
            settle(changes, desired, live, dependent, referenced);
        }
    }
}

fn is_action(changes: &BTreeMap<Address, Change>, address: &Address, action: Action) -> bool {
    changes.get(address).is_some_and(|change| change.action == action)
}

/// Whether all is said about `dependent`. A column that its own object's change makes anew needs
/// nobody else to do so.
fn is_settled(changes: &BTreeMap<Address, Change>, dependent: &Part, referenced: &Part) -> bool {
    changes.get(&dependent.address).is_some_and(|change| {
        let released = |(part, from): &(Part, Part)| part == dependent && from == referenced;
        let recreated =
            dependent.column.is_some() && loss(changes, dependent) == Some(Disturbance::Recreated);
        change.action != Action::Alter || change.released.iter().any(released) || recreated
    })
}

/// What happens to `part`, if it does not stay as it is.
fn loss(changes: &BTreeMap<Address, Change>, part: &Part) -> Option<Disturbance> {
    let change = changes.get(&part.address)?;
    let (from, to) = match (change.action, &change.from, &change.to) {
        (Action::Replace | Action::Drop, ..) => return Some(Disturbance::Recreated),
        (Action::Alter, Some(from), Some(to)) => (from, to),
        _ => return None,
    };
    let row = kinds::row(part.address.kind).1;
    let column = part.column.as_ref()?;
    let own = (row.disturbs)(from, to).into_iter().find(|(name, _)| name == column);
    let referenced = change.released_from(Some(column));
    let released = (row.release)(from, Some(column), &referenced)
        .filter(|_| !referenced.is_empty())
        .and_then(|release| release.disturbs);
    own.map(|(_, how)| how).max(released)
}

fn settle(
    changes: &mut BTreeMap<Address, Change>,
    desired: &Database<Canonical>,
    live: &Database<Canonical>,
    dependent: &Part,
    referenced: &Part,
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
    let mut all = change.released_from(dependent.column.as_ref());
    all.push(referenced.clone());
    let release = (kinds::row(address.kind).1.release)(from, dependent.column.as_ref(), &all);
    // A partition's column merely follows its parent's.
    let idle = release.as_ref().is_some_and(|it| it.aside.is_empty() && it.back.is_empty());
    if !idle {
        change.cause.get_or_insert(Cause::DependsOn(referenced.clone()));
    }
    if release.is_some() {
        change.released.push((dependent.clone(), referenced.clone()));
    } else {
        change.action = Action::Replace;
    }
}

/// Whether a part of an object lets go of another for as long as that is in the way.
fn steps_aside(desired: &Database<Canonical>, part: &Part, referenced: &Part) -> bool {
    desired.objects.get(&part.address).is_some_and(|object| {
        let row = kinds::row(part.address.kind).1;
        let referenced = std::slice::from_ref(referenced);
        (row.release)(object, part.column.as_ref(), referenced).is_some()
    })
}
