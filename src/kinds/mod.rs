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
use crate::model::Tag;

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

/// The sections that nest under a kind, or stand at the top of a file.
pub fn sections(within: Option<Tag>) -> impl Iterator<Item = (&'static KindRow, &'static Section)> {
    REGISTRY
        .iter()
        .flat_map(|row| (row.sections)().iter().map(move |section| (row, section)))
        .filter(move |(_, section)| section.within == within)
}
