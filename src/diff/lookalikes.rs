//! What goes and comes, and looks as if it only had another name.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::Value;

use crate::kinds;
use crate::model::{Action, Address, Canonical, Change, Database, Former, Name, Part};

/// Two of which one may be the other under a new name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lookalike {
    /// What goes.
    pub from: Part,
    /// What comes.
    pub to: Part,
}

impl fmt::Display for Lookalike {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from, to } = self;
        let name = to
            .column
            .as_ref()
            .map_or(&from.address.name, |_| from.column.as_ref().unwrap_or(&from.address.name));
        write!(
            f,
            "{to} looks like {from} under another name: if it is, say renamed_from = {:?}, and it is renamed; \
             if not, renamed_from = false",
            &**name
        )
    }
}

/// What is dropped and what is created of the same kind in the same place, and is the same but for its name; and
/// columns of one table that go and come with the same type. What the files say is new, is new.
#[must_use]
pub fn lookalikes(
    changes: &BTreeMap<Address, Change>,
    desired: &Database<Canonical>,
) -> Vec<Lookalike> {
    let mut found = Vec::new();
    let mut taken: BTreeSet<&Address> = BTreeSet::new();
    let told = |part: &Part| desired.renamed.get(part) == Some(&Former::Nothing);
    for change in changes.values() {
        let row = kinds::row(change.address.kind).1;
        if change.action == Action::Create && row.renamable && !goes_with_another(changes, change) {
            let part = Part::whole(&change.address);
            let other = changes.values().find(|other| {
                other.action == Action::Drop
                    && !taken.contains(&other.address)
                    && !goes_with_another(changes, other)
                    && alike(other, change)
            });
            if let Some(other) = other.filter(|_| !told(&part)) {
                taken.insert(&other.address);
                found.push(Lookalike { from: Part::whole(&other.address), to: part });
            }
        }
        found.extend(parts(change).into_iter().filter(|it| !told(&it.to)));
    }
    found
}

/// What is on something that comes or goes has no fate of its own.
fn goes_with_another(changes: &BTreeMap<Address, Change>, change: &Change) -> bool {
    let Address { schema, relation: Some(relation), .. } = &change.address else { return false };
    changes.values().any(|other| {
        other.action == change.action
            && other.address.relation.is_none()
            && other.address.name == *relation
            && other.address.schema == *schema
    })
}

fn alike(gone: &Change, new: &Change) -> bool {
    let place = |address: &Address| {
        let Address { kind, schema, relation, arguments, .. } = address.clone();
        (kind, schema, relation, arguments)
    };
    let (Some(from), Some(to)) = (&gone.from, &new.to) else { return false };
    // Names that nobody asked for tell nothing, and neither do things of which there is nothing to tell.
    place(&gone.address) == place(&new.address)
        && !to.any_name
        && gone.cause.is_none()
        && from.partition_of == to.partition_of
        && from.spec == to.spec
        && from.spec.tree().as_object().is_none_or(|facts| !facts.is_empty())
}

/// The parts of an altered object that go and come. Such a pair is told where there is no other that could be
/// meant: one goes and one comes with the same facts.
fn parts(change: &Change) -> Vec<Lookalike> {
    let row = kinds::row(change.address.kind).1;
    let (Some(part), Some(from), Some(to)) = (row.part, &change.from, &change.to) else {
        return Vec::new();
    };
    if !row.parts_are_tables || row.part_follows {
        return Vec::new();
    }
    let (old, new) = ((row.parts)(from), (row.parts)(to));
    let (before, after) = (from.spec.tree(), to.spec.tree());
    let gone: Vec<&Name> = old.iter().filter(|name| !new.contains(name)).collect();
    let come: Vec<&Name> = new.iter().filter(|name| !old.contains(name)).collect();
    let of = |tree: &Value, name: &Name| tree[part][&**name]["type"].clone();
    let mut found = Vec::new();
    for name in &come {
        let wanted = of(&after, name);
        let same: Vec<_> = gone.iter().filter(|it| of(&before, it) == wanted).collect();
        let rivals = come.iter().filter(|it| of(&after, it) == wanted).count();
        if let ([one], 1) = (same.as_slice(), rivals)
            && !wanted.is_null()
        {
            let part = |name: &Name| Part::column(&change.address, name);
            found.push(Lookalike { from: part(one), to: part(name) });
        }
    }
    found
}
