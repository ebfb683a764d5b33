//! Where a change happens.

use std::cell::RefCell;
use std::collections::BTreeSet;

use super::claims::relation_claim;
use super::reading::ServerVersion;
use crate::model::{Name, Natures, Relation, Shape};

/// The relation that an object is, or is on, as it is before the plan. Nothing of the plan makes it
/// anew.
#[derive(Debug, Clone, Copy)]
pub struct Site<'a> {
    pub relation: &'a Relation,
    /// What it is to be a partition of. For a new partition, that is the relation as well.
    pub whole: Option<&'a Relation>,
    /// The tables that partitions leave with the plan, schema and name.
    pub shrinking: &'a BTreeSet<(Name, Name)>,
    /// Others are to go on reading and writing it, however long the change takes: it is not small,
    /// and nobody asked for the short way.
    pub online: bool,
    /// It leaves what it is a part of, which others are to go on reading and writing, and nothing takes its place.
    pub leaves: bool,
    /// Whether the old object can stay until the new one is there: nothing that it uses is made
    /// anew.
    pub beside: bool,
    /// What is made was there before, and goes first. Until it is there again nothing is held to it.
    pub again: bool,
    pub names: &'a Names,
    pub version: ServerVersion,
    /// What only a server knows of columns, as they are to be.
    pub natures: &'a Natures,
}

impl Site<'_> {
    /// The relation, whose text is `own`, and those of its partitions that have partitions
    /// themselves.
    #[must_use]
    pub fn parents(&self, own: String) -> Vec<String> {
        let partitions = self.relation.partitions.iter();
        let parents = partitions.filter(|it| it.shape == Shape::Partitioned);
        std::iter::once(own).chain(parents.map(|it| format!("{}.{}", it.schema, it.name))).collect()
    }
}

/// The names of relations that are taken, as [`super::Kind::claims`] has them.
#[derive(Debug, Default)]
pub struct Names(RefCell<BTreeSet<String>>);

impl Names {
    #[must_use]
    pub fn new(taken: BTreeSet<String>) -> Self {
        Self(RefCell::new(taken))
    }

    /// Takes a name: the first that is free of those that `named` makes of nothing, 1, 2 and so on, as
    /// PostgreSQL does: `ChooseRelationName` in `src/backend/commands/indexcmds.c`.
    pub fn choose(&self, schema: &Name, named: &dyn Fn(&str) -> String) -> Name {
        let mut taken = self.0.borrow_mut();
        let mut number = 0_u32;
        loop {
            let suffix = if number == 0 { String::new() } else { number.to_string() };
            let name = Name::from(named(&suffix));
            if taken.insert(relation_claim(schema, &name)) {
                return name;
            }
            number += 1;
        }
    }
}
