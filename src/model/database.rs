//! A database: its objects, in one of two spellings.

use std::collections::BTreeMap;
use std::marker::PhantomData;

use serde::{Deserialize, Serialize};

use super::address::{Address, Name};
use super::dependency::{Dependency, Part};
use super::nature::Natures;
use super::object::{Object, Spec};
use super::rename::Former;

/// As the user wrote it: `IN (…)`, `varchar`, names that PostgreSQL is still to choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Raw;

/// As PostgreSQL spells it, on both sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Canonical;

/// Something that is there and that the tool cannot manage.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Unmanaged {
    /// The schema it is in, for the same scope as everything else.
    pub schema: Option<Name>,
    /// What it is: "view public.v", or an attribute of a known object.
    pub what: String,
}

/// What a partition has because its parent has it, and keeps as its own should it leave: an index, a
/// key, a foreign key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Latent {
    /// What it is then.
    pub own: Address,
    /// What it is one of now.
    pub of: Address,
}

/// The objects of a database, spelled as `S` says.
#[derive(Debug, Clone)]
pub struct Database<S> {
    pub objects: BTreeMap<Address, Object>,
    pub dependencies: Vec<Dependency>,
    pub unmanaged: Vec<Unmanaged>,
    /// Facts that PostgreSQL spells otherwise once it has read its own spelling, as after a dump
    /// and restore: a live object that has these is the same.
    pub respelled: BTreeMap<Address, Spec>,
    /// What partitions have of their parents' indexes and keys.
    pub latent: Vec<Latent>,
    /// What only a server knows of columns; with the dependencies, where these are read.
    pub natures: Natures,
    /// In a desired state: what objects, and parts of them, were called before.
    pub renamed: BTreeMap<Part, Former>,
    /// In a desired state: what the server calls routines whose argument types the files spell otherwise, by what
    /// the files make of their addresses.
    pub written: BTreeMap<Address, Address>,
    spelling: PhantomData<S>,
}

impl Database<Raw> {
    /// The desired state as the files have it. It has no dependencies: only a server knows them.
    #[must_use]
    pub fn raw(objects: BTreeMap<Address, Object>) -> Self {
        Self {
            objects,
            dependencies: Vec::new(),
            unmanaged: Vec::new(),
            respelled: BTreeMap::new(),
            latent: Vec::new(),
            natures: Natures::new(),
            renamed: BTreeMap::new(),
            written: BTreeMap::new(),
            spelling: PhantomData,
        }
    }
}

impl Database<Canonical> {
    /// A database with nothing in it, which is spelled alike everywhere.
    #[must_use]
    pub fn empty() -> Self {
        Self::read_from_catalog(BTreeMap::new(), Vec::new(), Vec::new())
    }

    /// What a server's catalog holds. Only the reader of the catalog, and the cache of what it
    /// read, may call this (`tests/architecture.rs` holds them to it): it is what makes the two
    /// sides of a comparison spelled alike.
    #[must_use]
    pub fn read_from_catalog(
        objects: BTreeMap<Address, Object>,
        dependencies: Vec<Dependency>,
        unmanaged: Vec<Unmanaged>,
    ) -> Self {
        Self {
            objects,
            dependencies,
            unmanaged,
            respelled: BTreeMap::new(),
            latent: Vec::new(),
            natures: Natures::new(),
            renamed: BTreeMap::new(),
            written: BTreeMap::new(),
            spelling: PhantomData,
        }
    }
}
