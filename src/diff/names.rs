//! Names that nobody asked for.

use std::collections::{BTreeMap, HashMap};

use crate::model::{Address, Canonical, Database, Object};

/// Gives desired objects whose names do not matter the names of live objects that are the same
/// otherwise: an object that is there keeps its name, also where it has to be made anew.
pub fn take_names(desired: &mut Database<Canonical>, live: &Database<Canonical>) {
    let mut names: HashMap<Address, Address> = HashMap::new();
    let nameless = desired.objects.values().filter(|object| object.any_name);
    for object in nameless.filter(|object| !live.objects.contains_key(&object.address)) {
        let mut beyond = on_the_same(object, &live.objects).filter(|other| {
            !desired.objects.contains_key(&other.address) && other.spec == object.spec
        });
        if let Some(other) = beyond.next() {
            names.insert(object.address.clone(), other.address.clone());
        }
    }
    for (from, to) in &names {
        if let Some(mut object) = desired.objects.remove(from) {
            object.address = to.clone();
            desired.objects.insert(to.clone(), object);
        }
        if let Some(spec) = desired.respelled.remove(from) {
            desired.respelled.insert(to.clone(), spec);
        }
    }
    if names.is_empty() {
        return;
    }
    for dependency in &mut desired.dependencies {
        for part in [&mut dependency.dependent, &mut dependency.referenced] {
            if let Some(name) = names.get(&part.address) {
                part.address = name.clone();
            }
        }
    }
}

/// The objects of the same kind that are on the same relation.
fn on_the_same<'a>(
    object: &'a Object,
    objects: &'a BTreeMap<Address, Object>,
) -> impl Iterator<Item = &'a Object> {
    let site = |address: &'a Address| (address.kind, &address.schema, &address.relation);
    let wanted = site(&object.address);
    objects.values().filter(move |other| site(&other.address) == wanted)
}
