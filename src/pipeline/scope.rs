//! Which objects of a database a run is about.

use std::collections::BTreeSet;

use wildmatch::WildMatch;

use super::settings::{Manage, Settings};
use crate::kinds;
use crate::model::{Address, Canonical, Database, Name, Unmanaged};

/// A rule over addresses.
#[derive(Debug, Clone)]
pub struct Scope {
    /// `None`: every schema.
    schemas: Option<BTreeSet<Name>>,
    /// The objects in no schema that go with the schemas; `None`: all of them.
    beside: Option<BTreeSet<Address>>,
    ignore: Vec<WildMatch>,
}

/// The schema that every new database has. Nobody's wish makes it, so nobody's silence drops it.
const INITIAL: &str = "public";

impl Scope {
    /// The scope of a comparison with files that declare `desired` and name `schemas`. An object
    /// outside all schemas is the files' business if they declare it: by default, schemas are what
    /// they have a say over.
    #[must_use]
    pub fn of(settings: &Settings, schemas: BTreeSet<Name>, desired: &Database<Canonical>) -> Self {
        if settings.manage == Manage::Database {
            return Self::new(None, &settings.ignore);
        }
        let beside = desired.objects.keys().filter(|address| address.schema.is_none());
        let beside = Some(beside.cloned().collect());
        Self { beside, ..Self::new(Some(schemas), &settings.ignore) }
    }

    /// `schemas` and nothing beside them, or everything, without what is ignored.
    #[must_use]
    pub fn new(schemas: Option<BTreeSet<Name>>, ignore: &[String]) -> Self {
        let ignore = ignore.iter().map(|pattern| WildMatch::new(pattern)).collect();
        let beside = schemas.is_some().then(BTreeSet::new);
        Self { schemas, beside, ignore }
    }

    /// Removes what is out of scope, and tells which whole schemas, and which objects outside all
    /// schemas, that leaves alone.
    pub fn restrict(&self, database: &mut Database<Canonical>) -> Vec<String> {
        let mut left_alone = BTreeSet::new();
        let ours = workshops(database);
        let within = |schema: Option<&Name>| schema.is_some_and(|schema| ours.contains(schema));
        database.objects.retain(|address, _| !within(address.schema.as_ref()));
        database.unmanaged.retain(|thing| !within(thing.schema.as_ref()));
        let used: BTreeSet<Name> =
            database.objects.keys().filter_map(|address| address.schema.clone()).collect();
        database.objects.retain(|address, _| {
            // What a copy has left behind is to go, wherever it is.
            let left_behind = is_namespace(address) && ours.contains(&address.name);
            let within = left_behind || self.covers(address);
            // An empty initial schema is not worth a word.
            let told =
                address.schema.is_none() && (!Self::is_initial(address) || used.contains(INITIAL));
            if !within && told && !self.is_ignored(address) {
                left_alone.insert(address.to_string());
            }
            within
        });
        database.unmanaged.retain(|thing| self.covers_unmanaged(thing));
        left_alone.into_iter().collect()
    }

    /// A schema that is there on its own account, in the live database and not in the files: the
    /// initial one, and those that something is put into that is in no schema.
    pub fn forgive_initial(live: &mut Database<Canonical>, desired: &Database<Canonical>) {
        let objects = desired.objects.values();
        let used: BTreeSet<Name> = objects
            .flat_map(|object| (kinds::row(object.address.kind).1.schemas)(object))
            .collect();
        live.objects.retain(|address, _| {
            let forgiven = Self::is_initial(address)
                || (is_namespace(address) && used.contains(&address.name));
            !forgiven || desired.objects.contains_key(address)
        });
    }

    /// Whether it is the schema that every new database has.
    #[must_use]
    pub fn is_initial(address: &Address) -> bool {
        is_namespace(address) && &*address.name == INITIAL
    }

    fn covers(&self, address: &Address) -> bool {
        let schema =
            if is_namespace(address) { Some(&address.name) } else { address.schema.as_ref() };
        let managed = match (&self.schemas, schema) {
            (Some(schemas), Some(schema)) => schemas.contains(schema),
            _ => self.beside.as_ref().is_none_or(|beside| beside.contains(address)),
        };
        managed && !self.is_ignored(address)
    }

    /// What is on an ignored relation is ignored with it.
    fn is_ignored(&self, address: &Address) -> bool {
        let plain = |schema: Option<&Name>, name: &Name| match schema {
            Some(schema) => format!("{}.{}", &**schema, &**name),
            None => name.to_string(),
        };
        if self.ignore.is_empty() {
            return false;
        }
        let schema = address.schema.as_ref();
        let mut names = vec![plain(schema, &address.name)];
        names.extend(address.relation.as_ref().map(|relation| plain(schema, relation)));
        if is_namespace(address) {
            // `audit.*` means the schema, too.
            names.push(format!("{}.*", &*address.name));
        }
        self.ignore.iter().any(|pattern| names.iter().any(|name| pattern.matches(name)))
    }

    fn covers_unmanaged(&self, thing: &Unmanaged) -> bool {
        let managed = match (&self.schemas, &thing.schema) {
            (Some(schemas), Some(schema)) => schemas.contains(schema),
            _ => true,
        };
        let name = thing.what.rsplit(' ').next().unwrap_or_default();
        managed && !self.ignore.iter().any(|pattern| pattern.matches(name))
    }
}

/// The schemas in which relations were being built when a run was cut off.
fn workshops(database: &Database<Canonical>) -> BTreeSet<Name> {
    let objects = database.objects.values();
    let ours = objects.filter(|object| (kinds::row(object.address.kind).1.is_workshop)(object));
    ours.map(|object| object.address.name.clone()).collect()
}

fn is_namespace(address: &Address) -> bool {
    (kinds::row(address.kind).1.namespace)(&address.name).is_some()
}
