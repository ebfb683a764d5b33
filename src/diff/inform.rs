//! What only a server knows of columns, noted at the objects that have them.

use std::collections::{BTreeMap, BTreeSet};

use crate::kinds;
use crate::model::{Address, Canonical, Change, Database, Natures};

/// Notes on one side what is known of its columns; before [`super::inherit`] makes them known to others.
pub fn inform(side: &mut Database<Canonical>) {
    for address in addresses(&side.natures) {
        if let Some(object) = side.objects.get_mut(&address) {
            (kinds::row(address.kind).1.inform)(object, &side.natures);
        }
    }
}

/// The same in the live side of changes, which are found before `natures` are.
pub fn inform_changes(changes: &mut BTreeMap<Address, Change>, natures: &Natures) {
    for address in addresses(natures) {
        if let Some(object) = changes.get_mut(&address).and_then(|it| it.from.as_mut()) {
            (kinds::row(address.kind).1.inform)(object, natures);
        }
    }
}

fn addresses(natures: &Natures) -> BTreeSet<Address> {
    natures.keys().map(|part| part.address.clone()).collect()
}
