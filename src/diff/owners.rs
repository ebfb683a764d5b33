//! Owners that follow from another object's.

use std::collections::BTreeMap;

use crate::kinds;
use crate::model::{Address, Canonical, Change, Database, Name, Part};

/// Gives what always belongs to the owner of something else that owner.
pub fn settle_owners(changes: &mut BTreeMap<Address, Change>, live: &Database<Canonical>) {
    let mut settled: Vec<(Address, Option<Name>)> = Vec::new();
    for change in changes.values() {
        let Some(to) = &change.to else { continue };
        let with = (kinds::row(to.address.kind).1.owned_with)(to);
        if !with.is_empty() {
            let changed = |part: &Part| changes.get(&part.address)?.to.as_ref();
            let known = |part: &Part| changed(part).or_else(|| live.objects.get(&part.address));
            let owner = with.iter().find_map(known).and_then(|with| with.owner.clone());
            settled.push((change.address.clone(), owner));
        }
    }
    for (address, owner) in settled {
        if let Some(to) = changes.get_mut(&address).and_then(|change| change.to.as_mut()) {
            to.owner = owner;
        }
    }
}
