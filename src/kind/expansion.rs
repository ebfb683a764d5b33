//! Objects that a file declares by a rule rather than one by one.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::model::{Address, Name, Object};

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

    /// How many partitions there are to be beyond the one that is in use, if the rule makes any.
    fn ahead(&self) -> Option<u16> {
        None
    }

    /// What becomes of a live object that no file declares; nothing where it is none of the rule's.
    fn fate(&self, live: &Object) -> Option<Fate>;

    /// What is due besides the declared partitions, or need not be made, given those that the
    /// parent is to have, with their own partitions, and those that it has; `expanded` tells which are
    /// desired for the rule's sake alone, and `loose` which live ones are no partitions.
    ///
    /// # Errors
    /// A window that cannot be as it is declared.
    fn due(
        &self,
        _desired: &[&Object],
        _live: &[&Object],
        _expanded: &dyn Fn(&Address) -> bool,
        _loose: &dyn Fn(&Address) -> bool,
    ) -> Result<Due, Box<Misfit>> {
        Ok(Due::default())
    }

    /// The column of the parent whose highest value says where the rule stands, if that is no
    /// matter of days.
    fn goes_by(&self) -> Option<&Name> {
        None
    }

    /// The rule of a parent that may have had other names.
    fn formerly(&self, _names: &[Address]) -> Option<Arc<dyn Rolling>> {
        None
    }

    /// The rule where it stands, given how far the rows have reached and the live partitions.
    fn told(&self, _reached: &Reached, _live: &[&Object]) -> Option<Arc<dyn Rolling>> {
        None
    }

    /// The rule where these partitions stay, due as they may be.
    fn holding(&self, _held: &BTreeSet<Address>) -> Option<Arc<dyn Rolling>> {
        None
    }
}

/// How far the rows of a table have come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reached {
    /// There are rows that may not be read.
    Unknown,
    /// There is no row.
    Nowhere,
    /// The highest value of the key, without a fraction.
    Key(String),
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
    pub further: Vec<Further>,
    /// Desired ones that need not be made: others do as well, or the time for them is not now.
    pub covered: Vec<Address>,
}

/// A partition that is as a desired one in all but name and bounds.
#[derive(Debug, Clone)]
pub struct Further {
    pub object: Object,
    pub like: Address,
}

/// Why a window cannot be as it is declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Misfit {
    InTheWay(InTheWay),
    TooLong(TooLong),
}

impl Misfit {
    /// The table whose window it is.
    #[must_use]
    pub fn parent(&self) -> &Address {
        match self {
            Self::InTheWay(found) => &found.parent,
            Self::TooLong(found) => &found.parent,
        }
    }
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

/// More partitions than anybody wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TooLong {
    pub parent: Address,
    /// None, where they cannot be counted.
    pub count: Option<i128>,
    pub most: usize,
    /// The first and the last of them.
    pub names: Option<(String, String)>,
    /// The key that it would have to reach.
    pub highest: Option<String>,
}
