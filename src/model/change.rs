//! What differs between two databases.

use super::address::Address;
use super::dependency::Part;
use super::object::Object;

/// What has to happen to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    Create,
    Alter,
    /// Drop and create: PostgreSQL cannot get there in place.
    Replace,
    Drop,
}

/// One object's change.
#[derive(Debug, Clone)]
pub struct Change {
    pub address: Address,
    pub action: Action,
    /// The live object; absent in a create.
    pub from: Option<Object>,
    /// The desired object; absent in a drop.
    pub to: Option<Object>,
    pub differences: Vec<Difference>,
    /// Why an object is replaced, where its own differences do not tell.
    pub cause: Option<Cause>,
    /// Columns whose expressions step aside while something they use is replaced.
    pub released: Vec<Part>,
}

impl Change {
    /// Whether the object's facts change, not merely its comment.
    #[must_use]
    pub fn redefines(&self) -> bool {
        match (&self.from, &self.to) {
            (Some(from), Some(to)) => from.spec != to.spec,
            _ => true,
        }
    }
}

/// Why an object is replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// An attribute that PostgreSQL cannot change in place.
    NotInPlace(&'static str),
    /// It depends on something that is replaced or dropped.
    DependsOn(Part),
}

/// One attribute that differs, as a path of keys, with both values where there are two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    pub path: Vec<String>,
    pub from: Option<String>,
    pub to: Option<String>,
}
