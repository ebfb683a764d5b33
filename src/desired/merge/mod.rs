//! Files brought up to date with a database, with everything in them kept that is still so.

mod array;
mod edit;
mod entries;
mod file;
mod pairing;
mod placement;
mod removal;
mod revision;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::Declared;
use super::write::{WrittenFile, top};
use crate::diagnostic::Many;
use crate::kinds;
use crate::model::{Address, Canonical, Database, Name};
pub use removal::without;
use revision::Revision;

/// What files are brought up to date with.
#[derive(Debug, Clone, Copy)]
pub struct Live<'a> {
    pub database: &'a Database<Canonical>,
    /// The declared state in PostgreSQL's spelling, if it is known: then an expression that is
    /// merely spelled otherwise in the file stays as it is there.
    pub declared: Option<&'a Database<Canonical>>,
    /// The schemas that `database` was read from; none if it was all of them. What files declare in
    /// others stays.
    pub schemas: Option<&'a BTreeSet<Name>>,
}

/// What is to be done to the files; those that stay as they are do not appear.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Updated {
    pub written: Vec<WrittenFile>,
    /// Files in which nothing is left, relative to the schema directory.
    pub removed: Vec<PathBuf>,
}

/// Changes the files below `directory`, which say `declared`, to say what `live` holds. An object is
/// changed where it stands, comments, order and layout kept; one that no file declares goes to the
/// file that [`super::write()`] would put it in; one that is no longer there is removed. A window
/// of partitions stays, and its partitions are not written one by one.
///
/// # Errors
/// Every object that no section of a file can hold.
pub fn update(directory: &Path, declared: &Declared, live: Live<'_>) -> Result<Updated, Many> {
    let nodes = top(live.database)?;
    let mut revision = Revision::new(directory, declared, live);
    revision.revise();
    for node in nodes {
        revision.add(node, None);
    }
    revision.finish()
}

impl Live<'_> {
    /// Whether `address` would be in the database if it existed.
    fn covers(&self, address: &Address) -> bool {
        let Some(schemas) = self.schemas else { return true };
        match &address.schema {
            Some(schema) => schemas.contains(schema),
            None => {
                let row = kinds::row(address.kind).1;
                let implied = (row.namespace)(&address.name);
                implied.is_some_and(|it| it.address == *address) && schemas.contains(&address.name)
            }
        }
    }
}
