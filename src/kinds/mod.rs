//! The kinds, one folder each. Adding one is a folder and a row here.

mod constraint;
mod index;
mod policy;
mod routine;
mod schema;
mod sequence;
mod table;
mod trigger;

use crate::kind::{KindRow, Section};
use crate::model::{Address, Object, Tag};

/// Every kind, in the order in which steps come where nothing else decides: what others usually
/// need comes first.
pub const REGISTRY: &[KindRow] = &[
    KindRow::of::<schema::Schemas>(),
    KindRow::of::<sequence::Sequences>(),
    KindRow::of::<routine::Routines>(),
    KindRow::of::<table::Tables>(),
    KindRow::of::<constraint::Constraints>(),
    KindRow::of::<index::Indexes>(),
    KindRow::of::<trigger::Triggers>(),
    KindRow::of::<policy::Policies>(),
];

/// The row of a kind, and its rank.
#[must_use]
pub fn row(tag: Tag) -> (usize, &'static KindRow) {
    let rank = REGISTRY.iter().position(|row| row.tag == tag);
    // Tags come from rows, so there always is one.
    let rank = rank.unwrap_or_default();
    (rank, &REGISTRY[rank])
}

/// The object that another is a part of: the parent of a partition, the relation that an index or
/// a constraint is on.
#[must_use]
pub fn parent(object: &Object) -> Option<Address> {
    if let Some(parent) = &object.partition_of {
        return Some(parent.clone());
    }
    let (schema, relation) = (object.address.schema.as_ref()?, object.address.relation.as_ref()?);
    let sections = (row(object.address.kind).1.sections)();
    let kind = sections.iter().find_map(|section| section.within)?;
    Some(Address::in_schema(kind, schema, relation))
}

/// The sections that nest under a kind, or stand at the top of a file.
pub fn sections(within: Option<Tag>) -> impl Iterator<Item = (&'static KindRow, &'static Section)> {
    REGISTRY
        .iter()
        .flat_map(|row| (row.sections)().iter().map(move |section| (row, section)))
        .filter(move |(_, section)| section.within == within)
}
