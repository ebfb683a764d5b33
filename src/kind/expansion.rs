//! Objects that a file declares by a rule rather than one by one.

use std::fmt;
use std::sync::Arc;

use crate::model::{Address, Object};

/// What a desired object stands for beyond itself.
#[derive(Debug, Default)]
pub struct Expansion {
    pub objects: Vec<Object>,
    pub rule: Option<Arc<dyn Rolling>>,
}

/// A rule by which partitions of a table come and go without being declared one by one.
pub trait Rolling: fmt::Debug + Send + Sync {
    /// The partitioned table.
    fn parent(&self) -> &Address;

    /// What becomes of a live object that no file declares; nothing where it is none of the rule's.
    fn fate(&self, live: &Object) -> Option<Fate>;

    /// What is due besides the declared partitions, or need not be made, given those that the
    /// parent is to have and those that it has.
    ///
    /// # Errors
    /// Live partitions where others are to be.
    fn due(&self, desired: &[&Object], live: &[&Object]) -> Result<Due, Box<InTheWay>>;
}

/// What a rule makes of a live object.
#[derive(Debug, Clone)]
pub enum Fate {
    /// It stays as it is; and what there is to say of that.
    Stays(Option<String>),
    /// It becomes something else, for a reason.
    Becomes(Box<Object>, String),
    /// It is dropped, for a reason. The object says how.
    Drops(Box<Object>, String),
}

/// The answer of [`Rolling::due`].
#[derive(Debug, Clone, Default)]
pub struct Due {
    /// Partitions that are to be there, too.
    pub further: Vec<Object>,
    /// Desired ones whose place is taken by others that do as well.
    pub covered: Vec<Address>,
}

/// Live partitions that hold a part of what another is to hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InTheWay {
    pub parent: Address,
    pub wanted: Address,
    pub values: String,
    /// Those in the way, with what they hold.
    pub others: Vec<(Address, String)>,
}
