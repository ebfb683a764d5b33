//! What a table is a partition of, or inherits from.

use crate::model::{Address, Dependency};

/// The table, and what it is below, at every height, as `dependencies` have it.
pub fn with_parents<'a>(table: &'a Address, dependencies: &'a [Dependency]) -> Vec<&'a Address> {
    let mut all = vec![table];
    let mut at = 0;
    while let Some(table) = all.get(at).copied() {
        at += 1;
        let above = dependencies.iter().filter(|it| {
            it.dependent.address == *table
                && it.referenced.address.kind == table.kind
                && it.referenced.address != *table
        });
        for it in above {
            if !all.contains(&&it.referenced.address) {
                all.push(&it.referenced.address);
            }
        }
    }
    all
}
