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
    ignore: Vec<WildMatch>,
}

/// The schema that every new database has. Nobody's wish makes it, so nobody's silence drops it.
const INITIAL: &str = "public";

impl Scope {
    /// The scope of a comparison with files that name `declared`.
    #[must_use]
    pub fn of(settings: &Settings, declared: BTreeSet<Name>) -> Self {
        let schemas = (settings.manage == Manage::Schemas).then_some(declared);
        Self::new(schemas, &settings.ignore)
    }

    /// `schemas`, or all of them, without what is ignored.
    #[must_use]
    pub fn new(schemas: Option<BTreeSet<Name>>, ignore: &[String]) -> Self {
        Self { schemas, ignore: ignore.iter().map(|pattern| WildMatch::new(pattern)).collect() }
    }

    /// Removes what is out of scope, and tells which whole schemas that leaves alone.
    pub fn restrict(&self, database: &mut Database<Canonical>) -> Vec<String> {
        let mut left_alone = BTreeSet::new();
        let used: BTreeSet<Name> =
            database.objects.keys().filter_map(|address| address.schema.clone()).collect();
        database.objects.retain(|address, _| {
            let within = self.covers(address);
            if !within && is_namespace(address) && !self.is_ignored(address) {
                left_alone.insert(address.name.to_string());
            }
            within
        });
        // An empty initial schema is not worth a word.
        if !used.contains(INITIAL) {
            left_alone.remove(INITIAL);
        }
        database.unmanaged.retain(|thing| self.covers_unmanaged(thing));
        left_alone.into_iter().collect()
    }

    /// A schema that is there on its own account: in the live database, not in the files.
    pub fn forgive_initial(live: &mut Database<Canonical>, desired: &Database<Canonical>) {
        live.objects.retain(|address, _| {
            !Self::is_initial(address) || desired.objects.contains_key(address)
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
            _ => true,
        };
        managed && !self.is_ignored(address)
    }

    /// What is on an ignored relation is ignored with it.
    fn is_ignored(&self, address: &Address) -> bool {
        let plain = |schema: Option<&Name>, name: &Name| match schema {
            Some(schema) => format!("{}.{}", &**schema, &**name),
            None => name.to_string(),
        };
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

fn is_namespace(address: &Address) -> bool {
    (kinds::row(address.kind).1.namespace)(&address.name).is_some()
}
