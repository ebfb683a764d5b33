//! What objects have from others of their kind.

use std::collections::BTreeSet;

use crate::kinds;
use crate::model::{Address, Canonical, Database, Object};

/// Makes their parents known to all objects that have some; parents first, for they may have some
/// themselves.
pub fn inherit(side: &mut Database<Canonical>) {
    let parents = |object: &Object| (kinds::row(object.address.kind).1.parents)(object);
    let mut heirs: BTreeSet<Address> = side
        .objects
        .values()
        .filter(|object| !parents(object).is_empty())
        .map(|object| object.address.clone())
        .collect();
    while !heirs.is_empty() {
        let ready: Vec<Address> = heirs
            .iter()
            .filter(|heir| {
                let parents = side.objects.get(*heir).map(parents).unwrap_or_default();
                !parents.iter().any(|parent| heirs.contains(parent))
            })
            .cloned()
            .collect();
        if ready.is_empty() {
            return;
        }
        for heir in ready {
            heirs.remove(&heir);
            let Some(mut object) = side.objects.get(&heir).cloned() else { continue };
            let known = parents(&object).into_iter().filter_map(|parent| {
                let spec = side.objects.get(&parent)?.spec.clone();
                Some((parent, spec))
            });
            (kinds::row(heir.kind).1.inherit)(&mut object, known.collect());
            side.objects.insert(heir, object);
        }
    }
}
