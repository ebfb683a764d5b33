//! Relations that PostgreSQL would write anew while nobody can use them, and that are made anew beside
//! instead: their rows are copied while others go on.

use std::collections::BTreeMap;

use crate::kinds;
use crate::model::{Action, Address, Canonical, Cause, Change, Database};

/// Those whose rows can be copied: they can be told apart by the same primary key before and after.
#[must_use]
pub fn written_anew(
    changes: &BTreeMap<Address, Change>,
    desired: &Database<Canonical>,
    live: &Database<Canonical>,
) -> Vec<Address> {
    let anew = changes.values().filter(|change| {
        let key =
            |side: &Database<Canonical>| kinds::row_key(side.objects.values(), &change.address);
        change.action == Action::Alter
            && reason(change).is_some()
            && key(live).is_some_and(|own| key(desired) == Some(own))
    });
    anew.map(|change| change.address.clone()).collect()
}

/// Makes the changes of `chosen` replacements.
pub fn make_anew(changes: &mut BTreeMap<Address, Change>, chosen: &[Address]) {
    for address in chosen {
        if let Some(change) = changes.get_mut(address)
            && let Some(reason) = reason(change)
        {
            change.action = Action::Replace;
            change.cause = Some(Cause::Copied(reason));
        }
    }
}

fn reason(change: &Change) -> Option<&'static str> {
    let (from, to) = (change.from.as_ref()?, change.to.as_ref()?);
    (kinds::row(change.address.kind).1.written_anew)(from, to)
}
