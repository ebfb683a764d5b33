//! What comes of an object, or of a change of it, for itself and for others.

use crate::model::{Grantable, Name, Privileges, Step};

/// What PostgreSQL gives on a new object by itself.
#[derive(Debug)]
pub struct Gift {
    /// The role that makes the object.
    pub maker: Name,
    /// The schema that it is in; none for any, instead of what is usual.
    pub schema: Option<Name>,
    pub on: Grantable,
    pub privileges: Privileges,
}

/// How one form of an object becomes another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transition {
    InPlace,
    /// By drop and create, because of the attribute named.
    Replace(&'static str),
}

/// What an alteration does to those who use a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Disturbance {
    /// The column has another default, and so have those who inherit it.
    Redefaulted,
    /// The column has another type: PostgreSQL takes some kinds of dependents along.
    Retyped,
    /// The column is gone, or made anew: nothing that used it remains.
    Recreated,
}

/// The two halves of [`Kind::release`].
#[derive(Debug, Default)]
pub struct Release {
    /// What it does to those who use the column.
    pub disturbs: Option<Disturbance>,
    pub aside: Vec<Step>,
    pub back: Vec<Step>,
    /// Why PostgreSQL does not let it.
    pub refused: Option<&'static str>,
}
