//! What needs what.

use std::fmt;

use super::address::{Address, Name};

/// An object, or one column of it: what `pg_depend` calls an object and its sub-object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Part {
    pub address: Address,
    pub column: Option<Name>,
}

impl Part {
    #[must_use]
    pub fn whole(address: &Address) -> Self {
        Self { address: address.clone(), column: None }
    }

    #[must_use]
    pub fn column(address: &Address, column: &Name) -> Self {
        Self { address: address.clone(), column: Some(column.clone()) }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.column {
            Some(column) => write!(f, "column {column} of {}", self.address),
            None => self.address.fmt(f),
        }
    }
}

/// A row of `pg_depend`: `dependent` cannot be without `referenced`.
/// <https://www.postgresql.org/docs/current/catalog-pg-depend.html>
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Dependency {
    pub dependent: Part,
    pub referenced: Part,
    /// PostgreSQL drops the dependent together with what it depends on (`deptype` other than
    /// 'n'): an index with its column, an owned sequence with its table.
    pub automatic: bool,
}
