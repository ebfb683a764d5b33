//! An object: the header that all kinds share, and what is particular to its kind.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use super::address::{Address, Name};
use super::privilege::Privileges;

/// One object of a database.
#[derive(Debug, Clone, PartialEq)]
pub struct Object {
    pub address: Address,
    pub comment: Option<String>,
    /// The role that it belongs to. In a desired object, none leaves that alone; a live one has none
    /// only if its kind has none.
    pub owner: Option<Name>,
    /// What roles may do with it; none as for the owner.
    pub privileges: Option<Privileges>,
    /// The partitioned table that this one is a partition of: its rows are the parent's rows, and
    /// it comes and goes with it.
    pub partition_of: Option<Address>,
    /// In a desired object: nobody asked for its name, so a live object that is the same but for
    /// the name will do.
    pub any_name: bool,
    pub spec: Spec,
}

impl Object {
    /// An object without a comment, whose name matters.
    pub fn new(address: Address, spec: impl AnySpec) -> Self {
        Self {
            address,
            comment: None,
            owner: None,
            privileges: None,
            partition_of: None,
            any_name: false,
            spec: Spec(Arc::new(spec)),
        }
    }

    #[must_use]
    pub fn with_comment(mut self, comment: Option<String>) -> Self {
        self.comment = comment;
        self
    }

    /// Whether a live object is as `wanted`: all but the identity counts, and of owner and privileges
    /// only what is wanted.
    #[must_use]
    pub fn is_as(&self, wanted: &Self) -> bool {
        self.is_as_with(wanted, &wanted.spec)
    }

    /// The same, with other facts than those that `wanted` has.
    #[must_use]
    pub fn is_as_with(&self, wanted: &Self, spec: &Spec) -> bool {
        let mut privileges = self.privileges.iter().zip(&wanted.privileges);
        self.comment == wanted.comment
            && self.partition_of == wanted.partition_of
            && (wanted.owner.is_none() || self.owner == wanted.owner)
            && privileges.all(|(is, wanted)| is.same(wanted, self.owner.as_ref()))
            && self.spec == *spec
    }

    /// What becomes of a live object that is to be as `wanted`: owner and privileges that are not
    /// wanted otherwise stay, also where the object is made anew.
    #[must_use]
    pub fn becoming(&self, wanted: &Self) -> Self {
        let owner = wanted.owner.clone().or_else(|| self.owner.clone());
        let passed = || match (&self.privileges, &self.owner, &owner) {
            (Some(privileges), Some(from), Some(to)) => Some(privileges.passed(from, to)),
            (privileges, ..) => privileges.clone(),
        };
        let privileges = match &wanted.privileges {
            Some(privileges) => Some(privileges.without_usual(owner.as_ref())),
            None => passed(),
        };
        Self { owner, privileges, ..wanted.clone() }
    }
}

/// What is particular to an object's kind, behind one face: only the kind itself looks inside.
#[derive(Clone)]
pub struct Spec(Arc<dyn AnySpec>);

impl Spec {
    /// Facts that were decoded from a cache.
    #[must_use]
    pub fn of(facts: Arc<dyn AnySpec>) -> Self {
        Self(facts)
    }

    /// The kind's own type. `None` would mean that an object carries another kind's address.
    #[must_use]
    pub fn get<T: 'static>(&self) -> Option<&T> {
        self.0.as_any().downcast_ref()
    }

    /// The facts as a tree of values, defaults left out.
    #[must_use]
    pub fn tree(&self) -> Value {
        self.0.tree()
    }

    /// The facts as bytes for the cache; [`crate::kind::KindRow::decode_spec`] reads them back.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        self.0.encode()
    }
}

impl PartialEq for Spec {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0.equals(&*other.0)
    }
}

impl fmt::Debug for Spec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What a kind's own type must be able to do; every `Serialize + PartialEq + Debug` type can.
pub trait AnySpec: Any + fmt::Debug + Send + Sync {
    fn as_any(&self) -> &dyn Any;
    fn equals(&self, other: &dyn AnySpec) -> bool;
    fn tree(&self) -> Value;
    fn encode(&self) -> Vec<u8>;
}

impl<T: Serialize + PartialEq + fmt::Debug + Send + Sync + 'static> AnySpec for T {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn equals(&self, other: &dyn AnySpec) -> bool {
        other.as_any().downcast_ref::<T>() == Some(self)
    }

    fn tree(&self) -> Value {
        // Specs are structs of strings, numbers, lists and maps keyed by strings: nothing in them
        // that JSON refuses.
        serde_json::to_value(self).unwrap_or(Value::Null)
    }

    fn encode(&self) -> Vec<u8> {
        // Named fields, because specs leave out what is at its default.
        rmp_serde::to_vec_named(self).unwrap_or_default()
    }
}
