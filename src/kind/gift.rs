//! Privileges that nobody has to give.

use crate::model::{Grantable, Name, Privileges};

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
