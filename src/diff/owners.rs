//! Owners that follow from another object's.

use std::collections::BTreeMap;

use crate::kinds;
use crate::model::{Address, Canonical, Change, Database, Name};

/// Gives what always belongs to the owner of something else that owner.
pub fn settle_owners(changes: &mut BTreeMap<Address, Change>, live: &Database<Canonical>) {
    let mut settled: Vec<(Address, Option<Name>)> = Vec::new();
    for change in changes.values() {
        let Some(to) = &change.to else { continue };
        if let Some(with) = (kinds::row(to.address.kind).1.owned_with)(to) {
            let owner = match changes.get(&with.address).and_then(|change| change.to.as_ref()) {
                Some(with) => with.owner.clone(),
                None => live.objects.get(&with.address).and_then(|with| with.owner.clone()),
            };
            settled.push((change.address.clone(), owner));
        }
    }
    for (address, owner) in settled {
        if let Some(to) = changes.get_mut(&address).and_then(|change| change.to.as_mut()) {
            to.owner = owner;
        }
    }
}
