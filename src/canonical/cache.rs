//! Canonical states on disk: files that did not change need no shadow.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::kinds;
use crate::model::{
    Address, Canonical, Database, Dependency, Former, Latent, Name, Nature, Object, Part,
    Privileges, Spec,
};

/// Everything that a canonical state depends on, as a hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key(String);

impl Key {
    /// `parts` are what was declared; the tool's version, down to its
    /// sources, and the server's major are added here.
    pub fn new<'a>(major: u32, parts: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut hash = Sha256::new();
        hash.update(concat!(
            "pgconverge ",
            env!("CARGO_PKG_VERSION"),
            " ",
            env!("PGCONVERGE_SOURCES")
        ));
        hash.update(major.to_le_bytes());
        for part in parts {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        let digest = hash.finalize();
        Self(digest.iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The extension of a file that says by being there that the routines of a state are right.
const ROUTINES: &str = "routines";

/// How many states are kept where nobody says it.
const KEPT: usize = 32;

/// A directory of canonical states.
#[derive(Debug, Clone)]
pub struct Cache {
    directory: PathBuf,
    /// How many states are kept.
    room: usize,
}

impl Cache {
    #[must_use]
    pub fn new(directory: PathBuf) -> Self {
        Self::with_room(directory, KEPT)
    }

    /// One that keeps so many states.
    #[must_use]
    pub fn with_room(directory: PathBuf, room: usize) -> Self {
        Self { directory, room }
    }

    /// The state under `key`. A file that cannot be read, or was cut short, is no state.
    #[must_use]
    pub fn load(&self, key: &Key) -> Option<Database<Canonical>> {
        let bytes = fs::read(self.path(key)).ok()?;
        let stored: Stored<'_> = rmp_serde::from_slice(&bytes).ok()?;
        stored.into_database()
    }

    /// Keeps a state, whole or not at all. A cache that cannot be written is no cache, and no
    /// error: the next run takes longer.
    pub fn store(&self, key: &Key, database: &Database<Canonical>) {
        let specs: Vec<Vec<u8>> = database.objects.values().map(|o| o.spec.encode()).collect();
        let stored = Stored::of(database, &specs);
        let written = rmp_serde::to_vec(&stored)
            .ok()
            .and_then(|bytes| write_whole(&self.path(key), &bytes).ok());
        if written.is_some() {
            self.forget_old();
        }
    }

    /// Whether somebody looked into the bodies of the routines of the state under `key`, and found them right.
    #[must_use]
    pub fn are_routines_right(&self, key: &Key) -> bool {
        self.path(key).with_extension(ROUTINES).exists()
    }

    /// Remembers that they are. What cannot be kept is found out again.
    pub fn remember_routines(&self, key: &Key) {
        let _ = write_whole(&self.path(key).with_extension(ROUTINES), &[]);
    }

    fn path(&self, key: &Key) -> PathBuf {
        self.directory.join(format!("{}.state", key.0))
    }

    fn forget_old(&self) {
        let Ok(entries) = fs::read_dir(&self.directory) else { return };
        let mut states: Vec<(std::time::SystemTime, PathBuf)> = entries
            .filter_map(Result::ok)
            .filter(|entry| is_state(&entry.path()))
            .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
            .collect();
        states.sort();
        for (_, path) in states.iter().rev().skip(self.room) {
            // Another run may have been faster.
            let _ = fs::remove_file(path);
            let _ = fs::remove_file(path.with_extension(ROUTINES));
        }
    }
}

/// Writes a file of the cache whole or not at all, and makes its directory.
///
/// # Errors
/// A directory that cannot be made or written to.
pub fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let directory = path.parent().unwrap_or_else(|| Path::new("."));
    fs::create_dir_all(directory)?;
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    file.write_all(bytes)?;
    file.persist(path)?;
    Ok(())
}

fn is_state(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "state")
}

#[derive(Serialize, Deserialize)]
struct Stored<'a> {
    #[serde(borrow)]
    objects: Vec<StoredObject<'a>>,
    /// Dependent, its column, referenced, its column, automatic; objects by position, columns by
    /// position in `names`, both plus one, so that 0 is none.
    dependencies: Vec<(u32, u32, u32, u32, bool)>,
    names: Vec<Name>,
    /// By the position of their object.
    respelled: Vec<(u32, serde_bytes::ByteBuf)>,
    /// By the position of what they are one of: schema, relation and name.
    latent: Vec<(u32, Option<Name>, Option<Name>, Name)>,
    /// By the position of their object and the name of the part: the former schema and name.
    renamed: Vec<(u32, Option<Name>, StoredFormer)>,
    /// By the position of their table.
    natures: Vec<(u32, Option<Name>, Nature)>,
    /// By the position of a routine: its argument types, as the files have them.
    written: Vec<(u32, Option<std::sync::Arc<str>>)>,
}

/// [`Former`], as schema and name.
type StoredFormer = Option<(Option<Name>, Name)>;

#[derive(Serialize, Deserialize)]
struct StoredObject<'a> {
    kind: &'a str,
    schema: Option<Name>,
    relation: Option<Name>,
    name: Name,
    arguments: Option<std::sync::Arc<str>>,
    comment: Option<String>,
    owner: Option<Name>,
    privileges: Option<Privileges>,
    partition_of: u32,
    any_name: bool,
    #[serde(borrow, with = "serde_bytes")]
    spec: &'a [u8],
}

impl<'a> Stored<'a> {
    fn of(database: &'a Database<Canonical>, specs: &'a [Vec<u8>]) -> Self {
        let positions: HashMap<&Address, u32> =
            (1..).zip(database.objects.keys()).map(|(n, a)| (a, n)).collect();
        let position = |address: &Address| positions.get(address).copied().unwrap_or_default();
        let objects = database
            .objects
            .values()
            .zip(specs)
            .map(|(object, spec)| StoredObject {
                kind: object.address.kind.0,
                schema: object.address.schema.clone(),
                relation: object.address.relation.clone(),
                name: object.address.name.clone(),
                arguments: object.address.arguments.clone(),
                comment: object.comment.clone(),
                owner: object.owner.clone(),
                privileges: object.privileges.clone(),
                partition_of: object.partition_of.as_ref().map(position).unwrap_or_default(),
                any_name: object.any_name,
                spec,
            })
            .collect();
        let mut names: Vec<Name> = Vec::new();
        let mut known: HashMap<Name, u32> = HashMap::new();
        let mut column = |name: &Option<Name>| {
            let Some(name) = name else { return 0 };
            *known.entry(name.clone()).or_insert_with(|| {
                names.push(name.clone());
                u32::try_from(names.len()).unwrap_or_default()
            })
        };
        let dependencies = database
            .dependencies
            .iter()
            .map(|d| {
                let (from, to) = (&d.dependent, &d.referenced);
                let (from_column, to_column) = (column(&from.column), column(&to.column));
                (
                    position(&from.address),
                    from_column,
                    position(&to.address),
                    to_column,
                    d.automatic,
                )
            })
            .collect();
        let respelled = database
            .respelled
            .iter()
            .map(|(address, spec)| (position(address), spec.encode().into()))
            .collect();
        let latent = database
            .latent
            .iter()
            .map(|Latent { own, of }| {
                (position(of), own.schema.clone(), own.relation.clone(), own.name.clone())
            })
            .collect();
        let former = |former: &Former| match former {
            Former::Name { schema, name } => Some((schema.clone(), name.clone())),
            Former::Nothing => None,
        };
        let renamed = database.renamed.iter();
        let renamed = renamed
            .map(|(part, was)| (position(&part.address), part.column.clone(), former(was)))
            .collect();
        let natures = database.natures.iter();
        let natures = natures
            .map(|(part, nature)| (position(&part.address), part.column.clone(), nature.clone()))
            .collect();
        let written = database.written.iter();
        let written = written
            .map(|(address, called)| (position(called), address.arguments.clone()))
            .collect();
        Self { objects, dependencies, names, respelled, latent, renamed, natures, written }
    }

    fn into_database(self) -> Option<Database<Canonical>> {
        let mut addresses = Vec::with_capacity(self.objects.len());
        for stored in &self.objects {
            addresses.push(Address {
                kind: kinds::REGISTRY.iter().find(|row| row.tag.0 == stored.kind)?.tag,
                schema: stored.schema.clone(),
                relation: stored.relation.clone(),
                name: stored.name.clone(),
                arguments: stored.arguments.clone(),
            });
        }
        let at = |position: u32| addresses.get((position as usize).checked_sub(1)?);
        let mut objects = Vec::with_capacity(self.objects.len());
        for (stored, address) in self.objects.iter().zip(&addresses) {
            let spec = (kinds::row(address.kind).1.decode_spec)(stored.spec)?;
            let object = Object {
                address: address.clone(),
                comment: stored.comment.clone(),
                owner: stored.owner.clone(),
                privileges: stored.privileges.clone(),
                partition_of: at(stored.partition_of).cloned(),
                any_name: stored.any_name,
                spec: Spec::of(spec),
            };
            objects.push((address.clone(), object));
        }
        let part = |position: u32, column: u32| {
            let column = (column as usize).checked_sub(1).and_then(|n| self.names.get(n));
            Some(Part { address: at(position)?.clone(), column: column.cloned() })
        };
        let mut dependencies = Vec::with_capacity(self.dependencies.len());
        for &(from, from_column, to, to_column, automatic) in &self.dependencies {
            let (dependent, referenced) = (part(from, from_column)?, part(to, to_column)?);
            dependencies.push(Dependency { dependent, referenced, automatic });
        }
        let mut respelled = BTreeMap::new();
        for (position, bytes) in &self.respelled {
            let address = at(*position)?;
            let spec = (kinds::row(address.kind).1.decode_spec)(bytes)?;
            respelled.insert(address.clone(), Spec::of(spec));
        }
        let mut database =
            Database::read_from_catalog(objects.into_iter().collect(), dependencies, Vec::new());
        database.respelled = respelled;
        for (position, schema, relation, name) in self.latent.iter().cloned() {
            let of = at(position)?.clone();
            database
                .latent
                .push(Latent { own: Address { schema, relation, name, ..of.clone() }, of });
        }
        for (position, column, former) in self.renamed {
            let part = Part { address: at(position)?.clone(), column };
            let former =
                former.map_or(Former::Nothing, |(schema, name)| Former::Name { schema, name });
            database.renamed.insert(part, former);
        }
        for (position, column, nature) in self.natures {
            let part = Part { address: at(position)?.clone(), column };
            database.natures.insert(part, nature);
        }
        for (position, arguments) in self.written {
            let called = at(position)?.clone();
            database.written.insert(Address { arguments, ..called.clone() }, called);
        }
        Some(database)
    }
}
