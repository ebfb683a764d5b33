//! What is built aside: relations with their partitions, and what is on them from the start.

use std::collections::BTreeSet;

use super::copies::Changes;
use crate::kind::KindRow;
use crate::kinds;
use crate::model::{Action, Address, Effect, Name, Object, Step};

/// Without the relations themselves, which their kind makes.
pub struct Tree<'a> {
    /// At every depth, parents first.
    pub partitions: Vec<&'a Object>,
    pub on: Vec<&'a Object>,
}

impl<'a> Tree<'a> {
    /// None, where not all of it is new.
    pub fn of(roots: &[&'a Object], changes: &'a Changes) -> Option<Self> {
        let mut partitions: Vec<&Object> = Vec::new();
        let mut addresses: BTreeSet<&Address> = roots.iter().map(|root| &root.address).collect();
        let schemas: BTreeSet<&Option<Name>> =
            roots.iter().map(|root| &root.address.schema).collect();
        loop {
            let below = changes.values().filter_map(|it| Some((it.action, it.to.as_ref()?)));
            let mut next = below.filter(|(_, it)| {
                !addresses.contains(&it.address)
                    && it.partition_of.as_ref().is_some_and(|parent| addresses.contains(parent))
            });
            let Some((action, partition)) = next.next() else { break };
            if action == Action::Alter || !schemas.contains(&partition.address.schema) {
                return None;
            }
            addresses.insert(&partition.address);
            partitions.push(partition);
        }
        let on = |object: &&Object| {
            let row: &KindRow = kinds::row(object.address.kind).1;
            let of = |address: &&Address| {
                address.schema == object.address.schema
                    && Some(&address.name) == object.address.relation.as_ref()
            };
            // What refers to another relation of the tree has to wait for it to be in its place.
            let refers = (row.needs)(object).into_iter();
            let mut refers = refers.filter(|part| part.column.is_none());
            addresses.iter().any(of)
                && (row.comes_with_relation)(object)
                && !refers.any(|part| addresses.contains(&part.address))
        };
        let made = changes.values().filter(|it| it.action != Action::Alter);
        let mut on: Vec<&Object> = made.filter_map(|it| it.to.as_ref()).filter(on).collect();
        on.sort_by_key(|object| kinds::row(object.address.kind).0);
        Some(Self { partitions, on })
    }

    /// What is on the relations themselves comes first: their partitions have it then from the start.
    pub fn steps(&self, schema: &Name) -> Vec<Step> {
        let of = |partition: Option<&Object>| {
            let relation = partition.map(|it| &it.address.name);
            let within = |object: &&&Object| {
                let others = || self.partitions.iter().map(|it| &it.address.name);
                match relation {
                    Some(name) => object.address.relation.as_ref() == Some(name),
                    None => others().all(|name| object.address.relation.as_ref() != Some(name)),
                }
            };
            self.on.iter().filter(within).copied().collect::<Vec<_>>()
        };
        let rest = self.partitions.iter().flat_map(|it| [vec![*it], of(Some(it))].concat());
        of(None).into_iter().chain(rest).flat_map(|object| created(object, schema)).collect()
    }
}

/// The steps that make an object in another schema, as steps of its own.
fn created(object: &Object, schema: &Name) -> Vec<Step> {
    let aside = |address: &Address| Address { schema: Some(schema.clone()), ..address.clone() };
    let made = Object {
        address: aside(&object.address),
        partition_of: object.partition_of.as_ref().map(aside),
        ..object.clone()
    };
    let mut steps = (kinds::row(object.address.kind).1.create)(&made, None);
    for step in &mut steps {
        step.address = object.address.clone();
        if let Some(fold) = &mut step.fold {
            fold.into.schema.clone_from(&object.address.schema);
        }
    }
    steps
}

/// What happens aside keeps nobody waiting, but for those that it refers to, and is not yet what it is to be.
pub fn unnoticed(step: Step, schema: &Name) -> Step {
    let within = format!("{schema}.");
    let elsewhere = step.locks.into_iter().filter(|lock| !lock.relation.starts_with(&within));
    Step {
        effect: Effect::Alter,
        beside: true,
        locks: elsewhere.collect(),
        scans: false,
        makes: Vec::new(),
        unmakes: Vec::new(),
        claims: Vec::new(),
        frees: Vec::new(),
        ..step
    }
}
