//! What differs between two databases.

use super::address::{Address, Name};
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
    /// Nothing but its name changes, or the names of parts of it.
    Rename,
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
    /// What steps aside, or over, while something that it uses is replaced: the object or a
    /// column of it, and what is replaced.
    pub released: Vec<(Part, Part)>,
}

impl Change {
    /// Everything that the object, or `column` of it, lets go of in between.
    #[must_use]
    pub fn released_from(&self, column: Option<&Name>) -> Vec<Part> {
        let released = self.released.iter().filter(|(part, _)| part.column.as_ref() == column);
        released.map(|(_, referenced)| referenced.clone()).collect()
    }

    /// What the object is a partition of, before and after.
    #[must_use]
    pub fn parents(&self) -> [Option<&Address>; 2] {
        [&self.from, &self.to].map(|side| side.as_ref()?.partition_of.as_ref())
    }

    /// Whether the object's facts change, or what it is a partition of, not merely its comment.
    #[must_use]
    pub fn redefines(&self) -> bool {
        match (&self.from, &self.to) {
            (Some(from), Some(to)) => from.spec != to.spec || from.partition_of != to.partition_of,
            _ => true,
        }
    }
}

/// Why an object is replaced, or what a rule makes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// An attribute that PostgreSQL cannot change in place.
    NotInPlace(&'static str),
    /// PostgreSQL would write it anew in place, while nobody could use it.
    Copied(&'static str),
    /// It depends on something that is replaced or dropped.
    DependsOn(Part),
    /// Rows come to it, or go from it, that others have had or are to have.
    Regrouped,
    /// It is a part of this, which changes, and comes to it anew.
    PartOf(Address),
    /// A rule in the files says so; in words.
    Ruled(String),
}

/// One attribute that differs, as a path of keys, with both values where there are two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    pub path: Vec<String>,
    pub from: Option<String>,
    pub to: Option<String>,
}
