//! Both sides in the same form, where one has as an object what is a part of another's.

use crate::kinds;
use crate::model::{Address, Canonical, Database, Grantable};

/// Exposes parts, on either side, that the other side has as objects of their own.
pub fn expose(desired: &mut Database<Canonical>, live: &mut Database<Canonical>) {
    one_side(desired, live);
    for address in one_side(live, desired) {
        // It was as the object that it was a part of left it.
        let row = kinds::row(address.kind).1;
        let whole = live.objects.get(&address).and_then(row.owned_with);
        let owner = whole.and_then(|whole| live.objects.get(&whole)?.owner.clone());
        if let Some(part) = live.objects.get_mut(&address) {
            part.owner = owner;
            part.privileges = row.grantable.map(Grantable::usual);
        }
    }
}

/// The addresses of the parts that are objects now.
fn one_side(side: &mut Database<Canonical>, other: &Database<Canonical>) -> Vec<Address> {
    let wanted = |address: &Address| other.objects.contains_key(address);
    let exposed: Vec<_> = side
        .objects
        .values()
        .filter_map(|object| (kinds::row(object.address.kind).1.expose)(object, &wanted))
        .filter(|(object, _)| wanted(&object.address))
        .collect();
    let mut parts = Vec::new();
    for (object, exposed) in exposed {
        parts.extend(exposed.iter().map(|part| part.address.clone()));
        for object in exposed.into_iter().chain([object]) {
            side.objects.insert(object.address.clone(), object);
        }
    }
    parts
}
