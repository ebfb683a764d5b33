//! What is there, taken into the files.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use super::comparison::{Outcome, compare};
use super::desired_state::{DesiredState, desired_state, load_shown};
use super::drift::{drift, of_window};
use super::open::OpenTarget;
use super::scope::Scope;
use super::settings::{Settings, Talk};
use super::{Live, live};
use crate::desired::{self, Updated};
use crate::diagnostic::{Located, object_meant};
use crate::diff;
use crate::model::{Action, Address, Canonical, Database, Object};
use crate::render::drift::{Class, Drift, Entry};

/// What is to be written so that files say what is there.
#[derive(Debug, Default)]
pub struct Accepted {
    pub updated: Updated,
    /// The objects, as drift names them.
    pub objects: Vec<String>,
    /// Those that files cannot say so, each with the reason.
    pub left: Vec<(String, &'static str)>,
}

const DUE: &str = "it is due by a window of partitions, which `pgconverge maintain` keeps";
const RENAMED: &str =
    "the files say what it was called before: take `renamed_from` out, and it is as any other";
const UNSAYABLE: &str = "no file can say that something is so; `pgconverge apply` mends it";

/// The files with differences that `outcome` has taken into them: those of the objects that `names` has, with
/// what is on them where these come or go; all of them without a name. The result is made in the shadow and
/// compared, so that what is written is known to be what is there.
///
/// # Errors
/// A name that no difference has; a named difference that cannot be accepted; files that would be wrong.
pub async fn accept(
    settings: &Settings,
    open: &OpenTarget,
    mut desired: DesiredState,
    outcome: &Outcome,
    names: &[String],
    talk: Talk<'_>,
) -> miette::Result<Accepted> {
    let found = told(&desired, outcome, settings, open);
    let (mut picked, mut left) = (picked(&found, names)?, Vec::new());
    for (n, reason) in unacceptable(&desired, outcome, &found) {
        if picked.remove(&n) {
            left.push((found.entries[n].object(), reason));
        }
    }
    refuse(names, &left)?;
    let scope = Scope::of(settings, desired.schemas(), &desired.canonical);
    let mut live = live(open, &scope).await?;
    desired.prefer_spelling_of(&live.database);
    live.leave_out_usual(Some(&desired.canonical));
    diff::recognise(&desired.canonical, &mut live.database, &|_| None);
    while !picked.is_empty() {
        let entries: Vec<&Entry> = picked.iter().map(|n| &found.entries[*n]).collect();
        let mixed = mixed(&desired.canonical, &live, outcome, &entries);
        let files =
            desired::Live { database: &mixed, declared: Some(&desired.canonical), schemas: None };
        let updated = desired::update(&settings.schema, &desired.declared, files)?;
        let after = after(settings, open, &updated, talk).await?;
        let before: BTreeSet<String> = found.entries.iter().map(Entry::object).collect();
        if let Some(new) = after.iter().find(|object| !before.contains(*object)) {
            return Err(entangled(new).into());
        }
        let still = |n: &usize| after.contains(&found.entries[*n].object());
        let stuck: Vec<usize> = picked.iter().copied().filter(still).collect();
        if stuck.is_empty() {
            let objects = entries.iter().map(|entry| entry.object()).collect();
            return Ok(Accepted { updated, objects, left });
        }
        for n in stuck {
            picked.remove(&n);
            left.push((found.entries[n].object(), UNSAYABLE));
        }
        refuse(names, &left)?;
    }
    Ok(Accepted { left, ..Accepted::default() })
}

fn told(
    desired: &DesiredState,
    outcome: &Outcome,
    settings: &Settings,
    open: &OpenTarget,
) -> Drift {
    let files = settings.schema.display().to_string();
    drift(&desired.declared, outcome, open.target.database(), &files, true)
}

/// The differences that names mean, by number.
fn picked(found: &Drift, names: &[String]) -> Result<BTreeSet<usize>, Located> {
    if names.is_empty() {
        return Ok((0..found.entries.len()).collect());
    }
    let mut picked = BTreeSet::new();
    for name in names {
        let called = |address: &Address| address.is_called(name);
        let named = |n: &usize| found.entries[*n].address().is_some_and(called);
        let of_name: Vec<usize> = (0..found.entries.len()).filter(named).collect();
        if of_name.is_empty() {
            return Err(unknown(found, name));
        }
        picked.extend(of_name);
    }
    // What comes or goes takes along what is on it, and that what it is on.
    loop {
        let more: Vec<usize> = (0..found.entries.len())
            .filter(|n| !picked.contains(n))
            .filter(|n| picked.iter().any(|other| goes_with(&found.entries, *n, *other)))
            .collect();
        if more.is_empty() {
            return Ok(picked);
        }
        picked.extend(more);
    }
}

fn goes_with(entries: &[Entry], one: usize, other: usize) -> bool {
    let (one, other) = (&entries[one], &entries[other]);
    let comes_or_goes = |it: &Entry| matches!(it.class, Class::Missing | Class::Extra);
    let (Some(a), Some(b)) = (one.address(), other.address()) else { return false };
    let on = |upper: &Address, lower: &Address| {
        lower.relation.is_some()
            && upper.relation.is_none()
            && lower.relation_qualified() == upper.qualified()
    };
    one.class == other.class && comes_or_goes(one) && (on(a, b) || on(b, a))
}

fn unknown(found: &Drift, name: &str) -> Located {
    let objects: Vec<String> = found.entries.iter().map(Entry::object).collect();
    let known: Vec<&str> = objects.iter().map(String::as_str).collect();
    let near = object_meant(name, &known);
    let help = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None if objects.is_empty() => "the database equals the files".to_owned(),
        None => format!("there are: {}", objects.join("; ")),
    };
    let message = format!("nothing that differs is called `{name}`");
    Located::new("pgconverge::drift::unknown_object", message).help(help)
}

/// Differences that no change of the files would be an answer to.
fn unacceptable(
    desired: &DesiredState,
    outcome: &Outcome,
    found: &Drift,
) -> Vec<(usize, &'static str)> {
    let renamed = |address: &Address| {
        let group = crate::render::drift::group(address);
        let mut renamings = outcome.plan.renamings.iter();
        renamings.any(|it| crate::render::drift::group(&it.to.address) == group)
    };
    let why = |entry: &Entry| {
        let change = outcome.plan.changes.get(entry.address()?)?;
        if of_window(&desired.declared, outcome, change) {
            return Some(DUE);
        }
        (change.action == Action::Rename || renamed(&change.address)).then_some(RENAMED)
    };
    let entries = found.entries.iter().enumerate();
    entries.filter_map(|(n, entry)| Some((n, why(entry)?))).collect()
}

/// Whoever names objects wants all of them.
fn refuse(names: &[String], left: &[(String, &'static str)]) -> Result<(), Located> {
    if names.is_empty() || left.is_empty() {
        return Ok(());
    }
    let told: Vec<String> = left.iter().map(|(object, why)| format!("{object}: {why}")).collect();
    let message = format!("what is there cannot be accepted: {}", told.join("; "));
    Err(Located::new("pgconverge::drift::not_acceptable", message)
        .help("nothing was written; leave it out, or name no object to accept all that can be"))
}

fn entangled(object: &str) -> Located {
    let message = format!("accepted alone, this would make another difference, of {object}");
    Located::new("pgconverge::drift::entangled", message)
        .help("nothing was written; accept what belongs together at once, or all, without a name")
}

/// The declared state with what is there in place of `entries`.
fn mixed(
    canonical: &Database<Canonical>,
    live: &Live,
    outcome: &Outcome,
    entries: &[&Entry],
) -> Database<Canonical> {
    let mut mixed = canonical.clone();
    let there = &live.database.objects;
    let mut in_another_form = false;
    for entry in entries {
        let said = entry.declared.as_ref().and_then(|declared| mixed.objects.remove(declared));
        if let Some(declared) = entry.declared.as_ref().filter(|_| said.is_none()) {
            in_another_form = true;
            // A key without a name has the one that it has in the database.
            mixed.objects.retain(|address, object| {
                let alike = address.kind == declared.kind
                    && address.schema == declared.schema
                    && address.relation == declared.relation;
                !(object.any_name && alike) || there.contains_key(address)
            });
        }
        if let Some(address) = &entry.live {
            match there.get(address) {
                Some(object) => {
                    mixed
                        .objects
                        .insert(address.clone(), with_rights(object, said.as_ref(), entry));
                }
                None => in_another_form = true,
            }
        }
    }
    // What one side has as a part and the other as an object of its own differs in form alone; it goes with that.
    if in_another_form || entries.iter().any(|entry| is_part_elsewhere(entry, canonical, there)) {
        for (address, object) in there {
            let same = canonical.objects.get(address).is_none_or(|it| it.spec == object.spec);
            if !same
                && !outcome.plan.changes.contains_key(address)
                && let Some(said) = mixed.objects.get_mut(address)
            {
                said.spec = object.spec.clone();
            }
        }
    }
    mixed
}

/// What is there, but of owner and privileges only what the report tells: a file that says nothing of them leaves
/// them alone on purpose.
fn with_rights(there: &Object, said: Option<&Object>, entry: &Entry) -> Object {
    let mut object = there.clone();
    let Some(said) = said else { return object };
    let is_told = |key: &str| {
        let mut paths = entry.attributes.iter().map(|attribute| attribute.path.split('.').next());
        paths.any(|first| first == Some(key))
    };
    if !is_told("owner") {
        object.owner.clone_from(&said.owner);
    }
    if !is_told("privileges") {
        object.privileges.clone_from(&said.privileges);
    }
    object
}

fn is_part_elsewhere(
    entry: &Entry,
    canonical: &Database<Canonical>,
    there: &BTreeMap<Address, Object>,
) -> bool {
    let lacks = |address: &Option<Address>, objects: &BTreeMap<Address, Object>| {
        address.as_ref().is_some_and(|address| !objects.contains_key(address))
    };
    lacks(&entry.declared, &canonical.objects) || lacks(&entry.live, there)
}

/// What would still differ, were the files as `updated` has them.
async fn after(
    settings: &Settings,
    open: &OpenTarget,
    updated: &Updated,
    talk: Talk<'_>,
) -> miette::Result<BTreeSet<String>> {
    let trial = tempfile::tempdir().map_err(|error| untried(&error))?;
    copy(&settings.schema, trial.path())
        .and_then(|()| put(trial.path(), updated))
        .map_err(|error| untried(&error))?;
    let shown = &settings.schema;
    let settings = Settings { schema: trial.path().to_owned(), ..settings.clone() };
    let tried = async {
        let declared = load_shown(&settings, shown).await?;
        let major = crate::catalog::version(&open.connection.client).await?.major();
        let mut state = desired_state(&settings, declared, major, Some(&open.target), talk).await?;
        let outcome = compare(&settings, &mut state, open).await?;
        Ok::<_, miette::Report>(told(&state, &outcome, &settings, open))
    };
    let found = tried.await.map_err(|error| {
        error.wrap_err("with this accepted, the files would be wrong; nothing was written")
    })?;
    Ok(found.entries.iter().map(Entry::object).collect())
}

fn untried(error: &std::io::Error) -> Located {
    let message = format!("the files cannot be tried with this accepted: {error}");
    Located::new("pgconverge::drift::untried", message)
        .help("check that the directory of temporary files is yours to write to, and not full")
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let path = entry?.path();
        let Some(name) = path.file_name() else { continue };
        match path.is_dir() {
            true => copy(&path, &to.join(name))?,
            false => drop(fs::copy(&path, to.join(name))?),
        }
    }
    Ok(())
}

fn put(directory: &Path, updated: &Updated) -> std::io::Result<()> {
    for file in &updated.written {
        let path = directory.join(&file.path);
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
        fs::write(path, &file.text)?;
    }
    updated.removed.iter().try_for_each(|path| fs::remove_file(directory.join(path)))
}
