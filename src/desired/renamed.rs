//! `renamed_from`, which every entry may have whose object can get another name, and the parts of entries
//! that have names of their own.

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::DeValue;

use super::{Declared, Places};
use crate::diagnostic::{Located, Sources};
use crate::kind::{Form, FormError, KindRow, RENAMED_FROM, from_value, place_of};
use crate::kinds;
use crate::model::{Address, Former, Name, Object, Part};
use crate::sql::{FileId, Place, parse_qualified};

/// The key of former names of parts that have no tables of their own.
pub const RENAMED_VALUES: &str = "renamed_values";

/// A part of the desired state, with what it was called before and where that is said.
pub type Said = (Part, Former, Place);

/// The keys of an entry of a kind that this module reads.
pub fn keys(row: &KindRow) -> Vec<&'static str> {
    let own = row.renamable.then_some(RENAMED_FROM);
    own.into_iter().chain(list_key(row)).collect()
}

/// Where the former names of parts stand that have no tables of their own.
fn list_key(row: &KindRow) -> Option<&'static str> {
    (row.part.is_some() && !row.parts_are_tables).then_some(RENAMED_VALUES)
}

/// Everything that the entry of `object` says.
///
/// # Errors
/// A former name that is none.
pub fn read(object: &Object, form: &Form<'_>) -> Result<Vec<Said>, FormError> {
    let row = kinds::row(object.address.kind).1;
    let mut said = Vec::new();
    if let Some(value) = form.get(RENAMED_FROM).filter(|_| row.renamable) {
        let former = of_object(&object.address, form.file, value)?;
        said.push((Part::whole(&object.address), former, place_of(form.file, value)));
    }
    let mut part = |name: &str, value: &Spanned<DeValue<'_>>| -> Result<(), FormError> {
        let part = Part::column(&object.address, &name.into());
        let former = plain(form.file, value)?;
        check(&part.to_string(), name, &former, place_of(form.file, value))?;
        said.push((part, former, place_of(form.file, value)));
        Ok(())
    };
    let table = |key: &str| form.get(key).and_then(|value| value.get_ref().as_table());
    if let Some(key) = list_key(row) {
        for (name, value) in table(key).into_iter().flatten() {
            part(name.get_ref(), value)?;
        }
    } else if let Some(key) = row.part {
        for (name, value) in table(key).into_iter().flatten() {
            let former = value.get_ref().as_table().and_then(|table| table.get(RENAMED_FROM));
            if let Some(value) = former {
                part(name.get_ref(), value)?;
            }
        }
    }
    Ok(said)
}

/// A name as the catalog has it. That of an object in a schema may have another schema before it, both
/// as SQL spells them then.
fn of_object(
    address: &Address,
    file: FileId,
    value: &Spanned<DeValue<'_>>,
) -> Result<Former, FormError> {
    let place = place_of(file, value);
    let mut former = plain(file, value)?;
    if let Former::Name { schema, name } = &mut former
        && name.contains('.')
        && address.schema.is_some()
        && address.relation.is_none()
        && let Ok((other, plain, columns)) = parse_qualified(name)
        && columns.is_empty()
    {
        *schema = other.map(Name::from).filter(|other| Some(other) != address.schema.as_ref());
        *name = plain.into();
    }
    if address.name.is_empty() {
        let message = format!("{address} has no name that it could have got");
        return Err(invalid(&message, place).help("say its `name`, too"));
    }
    let moved = matches!(former, Former::Name { schema: Some(_), .. });
    if !moved {
        check(&address.to_string(), &address.name, &former, place)?;
    }
    Ok(former)
}

fn plain(file: FileId, value: &Spanned<DeValue<'_>>) -> Result<Former, FormError> {
    let place = place_of(file, value);
    match value.get_ref() {
        DeValue::Boolean(false) => Ok(Former::Nothing),
        DeValue::Boolean(true) => {
            Err(invalid("`renamed_from` is the former name, or false", place))
        }
        _ => {
            let name: String = from_value(file, value)?;
            if name.is_empty() {
                return Err(invalid("the former name is empty", place)
                    .help("false says that it never had another name"));
            }
            Ok(Former::Name { schema: None, name: name.into() })
        }
    }
}

fn check(what: &str, name: &str, former: &Former, place: Place) -> Result<(), FormError> {
    match former {
        Former::Name { name: former, .. } if **former == *name => {
            let message = format!("{what} has the name that it is said to have had before");
            Err(invalid(&message, place).help("remove `renamed_from`"))
        }
        _ => Ok(()),
    }
}

fn invalid(message: &str, place: Place) -> FormError {
    FormError::new("pgconverge::desired::invalid_value", message).or_at(place)
}

/// What is wrong with former names whatever the database holds: two that are one, and names that go round.
pub fn contradictions(declared: &Declared) -> Vec<Located> {
    let (sources, places) = (&declared.sources, &declared.renamed_at);
    let mut problems = Vec::new();
    let mut heirs: BTreeMap<Part, &Part> = BTreeMap::new();
    for (part, former) in &declared.database.renamed {
        let Some(before) = former.of(part) else { continue };
        if let Some(other) = heirs.get(&before) {
            let message = format!("both {other} and {part} are said to have been {before}");
            problems.push(
                at(sources, places, &[part, other], "pgconverge::desired::renamed_twice", message)
                    .help("one of them can have its name and its rows"),
            );
            continue;
        }
        heirs.insert(before, part);
    }
    for (before, part) in &heirs {
        let mut next = Some(*part);
        let mut steps = 0;
        while let Some(heir) = next.filter(|heir| *heir != before && steps <= heirs.len()) {
            (next, steps) = (heirs.get(heir).copied(), steps + 1);
        }
        // Told once, at the first of the round.
        if next == Some(before) && round(&heirs, before).iter().all(|other| *other >= before) {
            let all = round(&heirs, before);
            let names: Vec<String> = all.iter().map(ToString::to_string).collect();
            let message = format!("the former names of {} go round", names.join(", "));
            problems.push(
                at(sources, places, &all, "pgconverge::desired::renamed_round", message).help(
                    "nothing would tell whether that has happened: give one of them a third name, \
                     apply, and then the name that it is to have",
                ),
            );
        }
    }
    problems
}

fn round<'a>(heirs: &BTreeMap<Part, &'a Part>, from: &Part) -> Vec<&'a Part> {
    let mut all = Vec::new();
    let mut next = heirs.get(from).copied();
    while let Some(heir) = next {
        all.push(heir);
        next = heirs.get(heir).copied().filter(|_| heir != from);
    }
    all
}

fn at(
    sources: &Sources,
    places: &Places,
    parts: &[&Part],
    code: &'static str,
    message: String,
) -> Located {
    let problem = Located::new(code, message);
    parts.iter().fold(problem, |problem, part| match places.find(part) {
        Some(place) => problem.at(sources, place, "said here"),
        None => problem,
    })
}
