//! The kinds, one folder each. Adding one is a folder and a row here.

mod aggregate;
mod collation;
mod composite_type;
mod constraint;
mod default_privileges;
mod domain;
mod r#enum;
mod event_trigger;
mod extension;
mod foreign_data_wrapper;
mod foreign_server;
mod foreign_table;
mod index;
mod materialized_view;
mod operator;
mod operator_class;
mod operator_family;
mod policy;
mod publication;
mod range_type;
mod replica_identity;
mod routine;
mod rule;
mod schema;
mod sequence;
mod statistics;
mod table;
mod trigger;
mod user_mapping;
mod view;

use std::collections::BTreeMap;

use crate::kind::{KindRow, Section};
use crate::model::{Address, Name, Object, Tag};

/// Every kind, in the order in which steps come where nothing else decides: what others usually
/// need comes first.
pub const REGISTRY: &[KindRow] = &[
    KindRow::of::<schema::Schemas>(),
    KindRow::of::<extension::Extensions>(),
    KindRow::of::<collation::Collations>(),
    KindRow::of::<r#enum::Enums>(),
    KindRow::of::<foreign_data_wrapper::ForeignDataWrappers>(),
    KindRow::of::<foreign_server::ForeignServers>(),
    KindRow::of::<user_mapping::UserMappings>(),
    KindRow::of::<domain::Domains>(),
    KindRow::of::<composite_type::CompositeTypes>(),
    KindRow::of::<range_type::RangeTypes>(),
    KindRow::of::<sequence::Sequences>(),
    KindRow::of::<routine::Routines>(),
    KindRow::of::<aggregate::Aggregates>(),
    KindRow::of::<operator::Operators>(),
    KindRow::of::<operator_family::OperatorFamilies>(),
    KindRow::of::<operator_class::OperatorClasses>(),
    KindRow::of::<table::Tables>(),
    KindRow::of::<foreign_table::ForeignTables>(),
    KindRow::of::<view::Views>(),
    KindRow::of::<materialized_view::MaterializedViews>(),
    KindRow::of::<constraint::Constraints>(),
    KindRow::of::<index::Indexes>(),
    KindRow::of::<replica_identity::ReplicaIdentities>(),
    KindRow::of::<statistics::StatisticsObjects>(),
    KindRow::of::<rule::Rules>(),
    KindRow::of::<trigger::Triggers>(),
    KindRow::of::<policy::Policies>(),
    KindRow::of::<event_trigger::EventTriggers>(),
    KindRow::of::<publication::Publications>(),
    KindRow::of::<default_privileges::DefaultPrivileges>(),
];

/// The row of a kind, and its rank.
#[must_use]
pub fn row(tag: Tag) -> (usize, &'static KindRow) {
    let rank = REGISTRY.iter().position(|row| row.tag == tag);
    // Tags come from rows, so there always is one.
    let rank = rank.unwrap_or_default();
    (rank, &REGISTRY[rank])
}

/// The columns of the primary key of a relation, if one of `objects` is that.
#[must_use]
pub fn row_key<'a>(
    mut objects: impl Iterator<Item = &'a Object>,
    of: &Address,
) -> Option<Vec<Name>> {
    objects.find_map(|object| {
        let on = object.address.schema == of.schema
            && object.address.relation.as_ref() == Some(&of.name);
        (row(object.address.kind).1.row_key)(object).filter(|_| on)
    })
}

/// The relations whose rows an object of another one holds, as a foreign key does.
pub fn refers(object: &Object) -> impl Iterator<Item = Address> {
    let row = row(object.address.kind).1;
    let needs = if row.ties { (row.needs)(object) } else { Vec::new() };
    needs.into_iter().filter(|part| part.column.is_none()).map(|part| part.address)
}

/// The object that another is a part of: the parent of a partition, the relation that an index or
/// a constraint is on. An address does not say of which kind that relation is; `objects`, among which
/// it is, do.
#[must_use]
pub fn parent(object: &Object, objects: &BTreeMap<Address, Object>) -> Option<Address> {
    if let Some(parent) = &object.partition_of {
        return Some(parent.clone());
    }
    let Address { schema, relation, kind, .. } = &object.address;
    let relation = relation.as_ref()?;
    let of_kind = |kind: &Tag| {
        let address = Address::global(*kind, relation);
        Address { schema: schema.clone(), ..address }
    };
    let kinds = (row(*kind).1.sections)().iter().flat_map(|section| section.within);
    let mut possible = kinds.map(of_kind).peekable();
    let first = possible.peek().cloned();
    possible.find(|address| objects.contains_key(address)).or(first)
}

/// The roles that an object names: its own kind's, its owner, and those who may do something with it.
#[must_use]
pub fn roles(object: &Object) -> Vec<Name> {
    let mut roles = (row(object.address.kind).1.roles)(object);
    roles.extend(object.owner.clone());
    roles.extend(object.privileges.iter().flat_map(|privileges| privileges.roles().cloned()));
    roles
}

/// The sections that nest under a kind, or stand at the top of a file.
pub fn sections(within: Option<Tag>) -> impl Iterator<Item = (&'static KindRow, &'static Section)> {
    REGISTRY
        .iter()
        .flat_map(|row| (row.sections)().iter().map(move |section| (row, section)))
        .filter(move |(_, section)| match within {
            Some(kind) => section.within.contains(&kind),
            None => section.within.is_empty(),
        })
}
