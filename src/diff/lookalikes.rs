//! What goes and comes, and looks as if it only had another name.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

use crate::kinds;
use crate::model::{Action, Address, Canonical, Change, Database, Former, Name, Part};

/// Two of which one may be the other under a new name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lookalike {
    /// What goes: one of these.
    pub from: Vec<Part>,
    /// What comes.
    pub to: Part,
}

impl fmt::Display for Lookalike {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from, to } = self;
        let name = |part: &Part| match &part.column {
            Some(column) => column.clone(),
            None => part.address.name.clone(),
        };
        let list: Vec<String> = from.iter().map(ToString::to_string).collect();
        let names: Vec<String> = from.iter().map(|part| format!("{:?}", &*name(part))).collect();
        let it = if names.len() > 1 { "one of them" } else { "it" };
        write!(
            f,
            "{to} looks like {} under another name: if {it} is, say renamed_from = {}, and it is renamed; \
             if not, renamed_from = false",
            list.join(", or "),
            names.join(", or ")
        )
    }
}

/// What is dropped and what is created of the same kind in the same place, and is the same but for its name, or has
/// most of its columns; and columns of one table that go and come where values can be assigned from the one to the
/// other. What the files say is new, is new.
#[must_use]
pub fn lookalikes(
    changes: &BTreeMap<Address, Change>,
    desired: &Database<Canonical>,
) -> Vec<Lookalike> {
    let mut found = Vec::new();
    let told = |part: &Part| desired.renamed.get(part) == Some(&Former::Nothing);
    let gone: Vec<&Change> = changes
        .values()
        .filter(|it| it.action == Action::Drop && it.cause.is_none())
        .filter(|it| !goes_with_another(changes, it))
        .collect();
    for change in changes.values() {
        let row = kinds::row(change.address.kind).1;
        if change.action == Action::Create && row.renamable && !goes_with_another(changes, change) {
            let like = |test: fn(&Change, &Change) -> bool| {
                let like = gone.iter().filter(|gone| in_one_place(gone, change));
                let like = like.filter(|gone| test(gone, change));
                like.map(|gone| Part::whole(&gone.address)).collect::<Vec<Part>>()
            };
            let same = like(alike);
            let from = if same.is_empty() { like(mostly_alike) } else { same };
            found.push(Lookalike { from, to: Part::whole(&change.address) });
        }
        found.extend(parts(change));
    }
    found.retain(|it| !it.from.is_empty() && !told(&it.to));
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

fn in_one_place(gone: &Change, new: &Change) -> bool {
    let place = |address: &Address| {
        let Address { kind, schema, relation, arguments, .. } = address.clone();
        (kind, schema, relation, arguments)
    };
    let (Some(from), Some(to)) = (&gone.from, &new.to) else { return false };
    place(&gone.address) == place(&new.address) && from.partition_of == to.partition_of
}

fn alike(gone: &Change, new: &Change) -> bool {
    let (Some(from), Some(to)) = (&gone.from, &new.to) else { return false };
    // Names that nobody asked for tell nothing, and neither do things of which there is nothing to tell.
    !to.any_name
        && from.spec == to.spec
        && from.spec.tree().as_object().is_none_or(|facts| !facts.is_empty())
}

/// Whether at least half of the columns of either, and more than one, are those of the other by name and type, and
/// not only such as many tables have.
fn mostly_alike(gone: &Change, new: &Change) -> bool {
    let (Some(from), Some(to)) = (&gone.from, &new.to) else { return false };
    let row = kinds::row(gone.address.kind).1;
    let Some(part) = row.part.filter(|_| row.parts_are_tables) else { return false };
    let (old, new) = ((row.parts)(from), (row.parts)(to));
    let (before, after) = (from.spec.tree(), to.spec.tree());
    let same: Vec<&Name> = old
        .iter()
        .filter(|name| new.contains(name))
        .filter(|name| {
            let own = data_type(&before, part, name);
            own.is_some() && own == data_type(&after, part, name)
        })
        .collect();
    let telling = |name: &&Name| {
        let own = data_type(&before, part, name).unwrap_or_default();
        !(&***name == "id" || name.ends_with("_id") || own.starts_with("timestamp"))
    };
    same.len() > 1 && same.len() * 2 >= old.len().max(new.len()) && same.iter().any(telling)
}

/// The parts of an altered object that go and come: of the same type, or else of one that can be assigned.
fn parts(change: &Change) -> Vec<Lookalike> {
    let row = kinds::row(change.address.kind).1;
    let (Some(part), Some(from), Some(to)) = (row.part, &change.from, &change.to) else {
        return Vec::new();
    };
    if !row.parts_are_tables || row.part_follows || change.action == Action::Rename {
        return Vec::new();
    }
    let (old, new) = ((row.parts)(from), (row.parts)(to));
    let (before, after) = (from.spec.tree(), to.spec.tree());
    let gone: Vec<&Name> = old.iter().filter(|name| !new.contains(name)).collect();
    let come = new.iter().filter(|name| !old.contains(name));
    let mut found = Vec::new();
    for name in come {
        let Some(wanted) = data_type(&after, part, name) else { continue };
        let of = |test: &dyn Fn(&str) -> bool| {
            let of = gone.iter().filter(|it| data_type(&before, part, it).is_some_and(test));
            of.map(|it| Part::column(&change.address, it)).collect::<Vec<Part>>()
        };
        let same = of(&|it| it == wanted);
        let from = if same.is_empty() { of(&|it| goes_into(it, wanted)) } else { same };
        found.push(Lookalike { from, to: Part::column(&change.address, name) });
    }
    found
}

fn data_type<'a>(facts: &'a Value, part: &str, name: &Name) -> Option<&'a str> {
    let it = facts.get(part)?.get(&**name)?;
    // In the short form the type stands for all.
    it.as_str().or_else(|| it.get("type")?.as_str())
}

/// Whether values of one type are assigned to another for the asking: both are strings, numbers or moments, or the
/// same but for the measure.
fn goes_into(from: &str, to: &str) -> bool {
    let base = |name: &str| match (name.find('('), name.find(')')) {
        (Some(open), Some(close)) if open < close => {
            format!("{}{}", &name[..open], &name[close + 1..])
        }
        _ => name.to_owned(),
    };
    let (from, to) = (base(from), base(to));
    let both = |names: &[&str]| names.contains(&&*from) && names.contains(&&*to);
    from == to || FAMILIES.iter().any(|names| both(names))
}

const FAMILIES: &[&[&str]] = &[
    &["text", "character varying", "character", "name"],
    &["smallint", "integer", "bigint", "numeric", "real", "double precision"],
    &["date", "timestamp without time zone", "timestamp with time zone"],
    &["json", "jsonb"],
    &["bit", "bit varying"],
    &["inet", "cidr"],
];
