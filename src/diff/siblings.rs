//! Partitions by their parents.

use std::collections::BTreeMap;

use crate::model::{Address, Canonical, Database, Object};

pub type Siblings<'a> = BTreeMap<&'a Address, Vec<&'a Object>>;

/// Those of one side.
pub fn by_parent(side: &Database<Canonical>) -> Siblings<'_> {
    let mut found: Siblings<'_> = BTreeMap::new();
    for object in side.objects.values() {
        if let Some(parent) = &object.partition_of {
            found.entry(parent).or_default().push(object);
        }
    }
    found
}
