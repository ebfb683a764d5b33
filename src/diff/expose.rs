//! Both sides in the same form, where one has as an object what is a part of another's.

use crate::kinds;
use crate::model::{Address, Canonical, Database};

/// Exposes parts, on either side, that the other side has as objects of their own.
pub fn expose(desired: &mut Database<Canonical>, live: &mut Database<Canonical>) {
    one_side(desired, live);
    one_side(live, desired);
}

fn one_side(side: &mut Database<Canonical>, other: &Database<Canonical>) {
    let wanted = |address: &Address| other.objects.contains_key(address);
    let exposed: Vec<_> = side
        .objects
        .values()
        .filter_map(|object| (kinds::row(object.address.kind).1.expose)(object, &wanted))
        .filter(|(object, _)| wanted(&object.address))
        .collect();
    for (object, parts) in exposed {
        for object in parts.into_iter().chain([object]) {
            side.objects.insert(object.address.clone(), object);
        }
    }
}
