//! One schema of many that are alike in a database.

use std::collections::BTreeMap;

use super::desired_state::{load, on_shadow};
use super::error::PipelineError;
use super::settings::{Settings, Talk};
use super::stages::Stage;
use crate::canonical::{Cache, Key, Shadow, in_schemas, named_in_text};
use crate::desired::Declared;
use crate::diagnostic::{Located, Many};
use crate::model::{Address, Canonical, Database, Name, Part};
use crate::server::connect::Target;

/// A schema that is to be as the files declare another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    /// The schema that the files are about.
    pub declared: Name,
    /// The one of the database.
    pub schema: Name,
}

/// How many states of schemas are kept, beside those of whole files.
const KEPT: usize = 1024;

/// The state `base`, which `key` finds, with the schema `declared` under each of the names `schemas`: from the
/// cache, and those that it has not by one round trip.
///
/// # Errors
/// Files that name the schema where it would stay the same; those of a round trip.
pub async fn states(
    settings: &Settings,
    (base, key): (&Database<Canonical>, &Key),
    declared: &Name,
    schemas: &[Name],
    (major, target): (u32, Option<&Target>),
    talk: Talk<'_>,
) -> miette::Result<BTreeMap<Name, Database<Canonical>>> {
    let cache = settings.cache.as_ref();
    let cache = cache.map(|directory| Cache::with_room(directory.join("schemas"), KEPT));
    let key_of = |schema: &Name| {
        let parts = [key.to_string(), (**declared).to_owned(), (**schema).to_owned()];
        Key::new(major, parts.iter().map(String::as_bytes))
    };
    let mut states = BTreeMap::new();
    let mut missing = Vec::new();
    for schema in schemas {
        match cache.as_ref().and_then(|cache| cache.load(&key_of(schema))) {
            Some(state) => drop(states.insert(schema.clone(), state)),
            None => missing.push(schema.clone()),
        }
    }
    if missing.is_empty() {
        return Ok(states);
    }
    let files = load(settings).await?;
    if !files.schemas().contains(declared) {
        return Err(undeclared(&files, declared).into());
    }
    let trip = async |shadow: &Shadow| in_schemas(&files, declared, &missing, shadow).await;
    let _stage = settings.stages.enter(Stage::Shadow);
    let made = on_shadow(settings, major, target, talk, trip).await?;
    for (schema, state) in missing.into_iter().zip(made) {
        if schema != *declared {
            follows(&files, base, &state, declared)?;
        }
        if let Some(cache) = &cache {
            cache.store(&key_of(&schema), &state);
        }
        states.insert(schema, state);
    }
    Ok(states)
}

fn undeclared(files: &Declared, declared: &Name) -> PipelineError {
    let known: Vec<String> = files.schemas().iter().map(ToString::to_string).collect();
    PipelineError::NoTenantSchema { schema: declared.to_string(), known: known.join(", ") }
}

/// Refuses what the files say of `declared` that would be wrong of another schema.
fn follows(
    files: &Declared,
    base: &Database<Canonical>,
    state: &Database<Canonical>,
    declared: &Name,
) -> Result<(), Many> {
    let mut problems = Vec::new();
    let in_text = named_in_text(state, declared);
    for object in &in_text {
        let message = format!("{} names the schema {declared} in a text", object.address);
        problems.push(at(files, &object.address, "pgconverge::targets::schema_in_text", message).help(
            "PostgreSQL does not look into it, so every tenant's would name the same schema: leave the schema out, and \
             give a routine `set.search_path`; if the name is another thing's there, call the schema otherwise",
        ));
    }
    let elsewhere = state.objects.values().filter(|object| {
        base.objects.get(&object.address).is_some_and(|before| {
            before.spec != object.spec || before.partition_of != object.partition_of
        })
    });
    for object in elsewhere.filter(|object| !in_text.iter().any(|it| it.address == object.address))
    {
        let message =
            format!("{} is no tenant's own, and would be another for each", object.address);
        problems.push(at(files, &object.address, "pgconverge::targets::shared", message).help(
            "put it into the schema of the tenants, or declare it where it does not need what is in there",
        ));
    }
    if problems.is_empty() {
        return Ok(());
    }
    let headline = "The files cannot be true of every tenant's schema".to_owned();
    Err(Many { headline, problems: problems.into() })
}

/// Shows where an object is declared; its schema has another name there.
fn at(files: &Declared, address: &Address, code: &'static str, message: String) -> Located {
    let problem = Located::new(code, message);
    let alike = files.database.objects.keys().find(|other| {
        (other.kind, &other.relation, &other.name)
            == (address.kind, &address.relation, &address.name)
    });
    match alike.and_then(|address| files.places.find(&Part::whole(address))) {
        Some(place) => problem.at(&files.sources, place, "declared here"),
        None => problem,
    }
}
