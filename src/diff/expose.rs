//! Both sides in the same form, where one has as an object what is a part of another's.

use crate::kinds;
use crate::model::{Address, Canonical, Database, Dependency, Grantable, Part};

/// Exposes parts, on either side, that the other side has as objects of their own; on the desired
/// side also those about which there is `more` to say than that they are parts.
pub fn expose(
    desired: &mut Database<Canonical>,
    live: &mut Database<Canonical>,
    more: &dyn Fn(&Address) -> bool,
) {
    one_side(desired, live, more);
    for address in one_side(live, desired, &|_| false) {
        // It was as the object that it was a part of left it.
        let row = kinds::row(address.kind).1;
        let whole = live.objects.get(&address).map(row.owned_with).unwrap_or_default();
        let whole = whole.iter().find_map(|whole| live.objects.get(&whole.address));
        let owner = whole.and_then(|whole| whole.owner.clone());
        if let Some(part) = live.objects.get_mut(&address) {
            part.owner = owner;
            part.privileges = row.grantable.map(Grantable::usual);
        }
    }
}

/// Exposes the parts that are `wanted` as objects.
pub fn expose_parts(side: &mut Database<Canonical>, wanted: &dyn Fn(&Address) -> bool) {
    one_side(side, &Database::empty(), wanted);
}

/// The addresses of the parts that are objects now.
fn one_side(
    side: &mut Database<Canonical>,
    other: &Database<Canonical>,
    more: &dyn Fn(&Address) -> bool,
) -> Vec<Address> {
    let wanted = |address: &Address| other.objects.contains_key(address) || more(address);
    let exposed: Vec<_> = side
        .objects
        .values()
        .filter_map(|object| (kinds::row(object.address.kind).1.expose)(object, &wanted))
        .filter(|(object, parts)| {
            other.objects.contains_key(&object.address)
                || parts.iter().any(|part| more(&part.address))
        })
        .collect();
    let mut parts = Vec::new();
    for (object, exposed) in exposed {
        for part in &exposed {
            parts.push(part.address.clone());
            let with = (kinds::row(part.address.kind).1.owned_with)(part);
            let with = with.into_iter().find(|with| side.objects.contains_key(&with.address));
            if let Some(with) = with {
                depend(side, Part::whole(&part.address), with);
            }
        }
        for object in exposed.into_iter().chain([object]) {
            side.objects.insert(object.address.clone(), object);
        }
    }
    parts
}

/// A part and what it is a part of need each other, as a sequence and the default over it.
fn depend(side: &mut Database<Canonical>, part: Part, with: Part) {
    let own = Dependency { dependent: part.clone(), referenced: with.clone(), automatic: true };
    let used = Dependency { dependent: with, referenced: part, automatic: false };
    side.dependencies.extend([own, used]);
}
