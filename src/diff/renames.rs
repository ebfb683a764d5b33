//! What gets another name, as the files say and as follows from that.

use std::collections::{BTreeMap, BTreeSet};

use super::expose::expose_parts;
use crate::kinds;
use crate::model::{Address, Canonical, Database, Dependency, Name, Object, Part, Renaming};

/// Something that has its new name while the old one is there as well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BothThere {
    pub part: Part,
    pub former: Part,
}

/// The renames that are due: what the files say had another name, and has that still. In the order in
/// which they can happen: schemas, objects in them, what is on these, parts; who makes a name free before
/// who takes it.
///
/// # Errors
/// Whatever is there under both names, where nothing tells which is meant.
pub fn renames(
    desired: &Database<Canonical>,
    live: &Database<Canonical>,
) -> Result<Vec<Renaming>, Vec<BothThere>> {
    let mut due: Vec<Renaming> = Vec::new();
    let mut problems = Vec::new();
    for level in [Level::Namespace, Level::Object, Level::OnRelation, Level::Part] {
        let said = desired.renamed.iter().filter(|(part, _)| level_of(part) == level);
        let mut waiting: Vec<(&Part, Renaming)> = Vec::new();
        for (part, former) in said {
            let Some(from) = former.of(part) else { continue };
            // By what it is called in the live database.
            let there = |part: &Part| exists(live, &as_it_was(part, &due));
            if there(&from) {
                waiting.push((part, Renaming { from, to: part.clone() }));
            }
        }
        // A name that another one gives up is free by then.
        let mut all = waiting;
        loop {
            let before = all.len();
            let sources: BTreeSet<Part> =
                all.iter().map(|(_, renaming)| renaming.from.clone()).collect();
            let taken = |to: &Part| exists(live, &as_it_was(to, &due)) && !sources.contains(to);
            let (stuck, free): (Vec<_>, Vec<_>) =
                all.into_iter().partition(|(_, renaming)| taken(&renaming.to));
            for (part, renaming) in stuck {
                // Something else that is declared has the old name now: it happened before.
                if !exists(desired, &renaming.from) {
                    problems.push(BothThere { part: part.clone(), former: renaming.from });
                }
            }
            all = free;
            if all.len() == before {
                break;
            }
        }
        let mut next: Vec<Renaming> = all.into_iter().map(|(_, renaming)| renaming).collect();
        // Contradictions in the files are found before: there are no rounds.
        while !next.is_empty() {
            let sources: BTreeSet<Part> = next.iter().map(|it| it.from.clone()).collect();
            let (ready, rest): (Vec<_>, Vec<_>) =
                next.into_iter().partition(|it| !sources.contains(&it.to));
            if ready.is_empty() {
                break;
            }
            due.extend(ready);
            next = rest;
        }
    }
    if problems.is_empty() { Ok(due) } else { Err(problems) }
}

/// What comes by itself must not come after what it is in or on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    Namespace,
    Object,
    OnRelation,
    Part,
}

fn level_of(Part { address, column }: &Part) -> Level {
    match (column, &address.relation) {
        (Some(_), _) => Level::Part,
        (None, Some(_)) => Level::OnRelation,
        (None, None) if is_namespace(address) => Level::Namespace,
        (None, None) => Level::Object,
    }
}

fn is_namespace(address: &Address) -> bool {
    (kinds::row(address.kind).1.namespace)(&address.name).is_some()
}

/// A part, all of whose surroundings have their new names, as the live database knows it before `due`.
#[must_use]
pub fn as_it_was(part: &Part, due: &[Renaming]) -> Part {
    let mut part = part.clone();
    for renaming in due.iter().rev() {
        part = readdressed(&part, &renaming.reversed());
    }
    part
}

/// The same of an address.
#[must_use]
pub fn as_it_will_be(address: &Address, due: &[Renaming]) -> Address {
    let start = Part::whole(address);
    due.iter().fold(start, |part, renaming| readdressed(&part, renaming)).address
}

/// What a part is called once a rename, of it or of what it is in or on, has happened; argument types
/// apart, which only a server knows.
fn readdressed(part: &Part, Renaming { from, to }: &Renaming) -> Part {
    let mut part = part.clone();
    let address = &mut part.address;
    match (&from.column, &to.column) {
        (Some(old), Some(new)) => {
            if *address == from.address && part.column.as_ref() == Some(old) {
                part.column = Some(new.clone());
            }
        }
        _ if *address == from.address => *address = to.address.clone(),
        _ if is_namespace(&from.address) => {
            if address.schema.as_ref() == Some(&from.address.name) {
                address.schema = Some(to.address.name.clone());
            }
        }
        _ => {
            let (old, new) = (&from.address, &to.address);
            let on = address.relation.as_ref() == Some(&old.name) && address.schema == old.schema;
            if on && kinds::sections(Some(old.kind)).next().is_some() {
                address.relation = Some(new.name.clone());
                address.schema.clone_from(&new.schema);
            }
        }
    }
    part
}

fn exists(side: &Database<Canonical>, part: &Part) -> bool {
    let Some(object) = side.objects.get(&part.address) else { return false };
    match &part.column {
        Some(column) => (kinds::row(part.address.kind).1.parts)(object).contains(column),
        None => true,
    }
}

/// A live database before and after renames, and what in it is what.
#[derive(Debug)]
pub struct Renamed<'a> {
    pub before: &'a Database<Canonical>,
    pub after: &'a Database<Canonical>,
    /// What objects were called, by what they are called afterwards.
    pub was: &'a BTreeMap<Address, Address>,
}

/// Further renames that follow from `due`: names that PostgreSQL gave after those of a relation and its
/// columns, where the files have an object that is the same under the name that it would have given; and
/// columns of views that are called after the columns they show.
#[must_use]
pub fn implied(
    desired: &Database<Canonical>,
    renamed: &Renamed<'_>,
    due: &[Renaming],
) -> Vec<Renaming> {
    // A sequence has a name also where it is a part of something.
    let exposed = |side: &Database<Canonical>| {
        let mut side = side.clone();
        expose_parts(&mut side, &|_| true);
        side
    };
    let (desired, after) = (exposed(desired), exposed(renamed.after));
    let before = exposed(renamed.before);
    let mut implied = Vec::new();
    let mut taken: BTreeSet<&Address> = BTreeSet::new();
    let missing = desired.objects.values().filter(|it| !after.objects.contains_key(&it.address));
    for wanted in missing.filter(|wanted| !wanted.any_name) {
        if !is_default(wanted, &desired.dependencies) {
            continue;
        }
        let place = |address: &Address| Address { name: "".into(), ..address.clone() };
        let same = |it: &&Object| {
            place(&it.address) == place(&wanted.address)
                && !desired.objects.contains_key(&it.address)
                && !taken.contains(&it.address)
                && (it.spec == wanted.spec
                    || desired.respelled.get(&wanted.address) == Some(&it.spec))
        };
        let had_default = |it: &&Object| {
            let object = match renamed.was.get(&it.address) {
                Some(was) => before.objects.get(was),
                None => part_before(it, &before, due),
            };
            object.is_some_and(|object| is_default(object, &before.dependencies))
        };
        if let Some(found) = after.objects.values().filter(same).find(had_default) {
            taken.insert(&found.address);
            let (from, to) = (Part::whole(&found.address), Part::whole(&wanted.address));
            implied.push(Renaming { from, to });
        }
    }
    implied.extend(view_columns(&desired, &after, due));
    implied
}

/// What a part of something was, which is an object now.
fn part_before<'a>(
    part: &Object,
    before: &'a Database<Canonical>,
    due: &[Renaming],
) -> Option<&'a Object> {
    let of = |object: &Object| (kinds::row(object.address.kind).1.owned_with)(object);
    let with: Vec<Part> = of(part).iter().map(|it| as_it_was(it, due)).collect();
    let alike = |it: &&Object| {
        it.address.kind == part.address.kind && of(it).iter().any(|other| with.contains(other))
    };
    before.objects.values().find(alike)
}

/// Whether it has the name that PostgreSQL gives.
fn is_default(object: &Object, dependencies: &[Dependency]) -> bool {
    let address = &object.address;
    let of = dependencies.iter().filter(|it| it.dependent.address == *address);
    let on = |part: &Part| {
        address.relation.as_ref() == Some(&part.address.name)
            && part.address.schema == address.schema
    };
    let columns: BTreeSet<&Name> =
        of.filter(|it| on(&it.referenced)).filter_map(|it| it.referenced.column.as_ref()).collect();
    let columns: Vec<Name> = columns.into_iter().cloned().collect();
    let given = (kinds::row(address.kind).1.default_name)(object, &columns);
    let rest = given.as_deref().and_then(|given| address.name.strip_prefix(given));
    rest.is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()))
}

/// A view keeps the name of a column when the column that it shows gets another one.
fn view_columns(
    desired: &Database<Canonical>,
    after: &Database<Canonical>,
    due: &[Renaming],
) -> Vec<Renaming> {
    let columns: BTreeSet<(&Name, &Name)> =
        due.iter().filter(|renaming| renaming.to.column.is_some()).map(Renaming::names).collect();
    let mut implied = Vec::new();
    for wanted in desired.objects.values().filter(|_| !columns.is_empty()) {
        let row = kinds::row(wanted.address.kind).1;
        let Some(found) = after.objects.get(&wanted.address).filter(|_| row.part_follows) else {
            continue;
        };
        let (old, new) = ((row.parts)(found), (row.parts)(wanted));
        for (from, to) in old.iter().zip(&new).filter(|(from, to)| from != to) {
            let free = !old.contains(to) && !new.contains(from);
            if free && columns.contains(&(from, to)) {
                let part = |name| Part::column(&wanted.address, name);
                implied.push(Renaming { from: part(from), to: part(to) });
            }
        }
    }
    implied
}
