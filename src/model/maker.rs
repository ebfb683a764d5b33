//! Who carries a plan out.

use std::collections::BTreeMap;

use super::address::Name;
use super::privilege::{Grantable, Privileges};

/// The role whose the new objects of a plan are, and what PostgreSQL gives others on them by
/// itself.
/// <https://www.postgresql.org/docs/current/sql-alterdefaultprivileges.html>
#[derive(Debug, Clone, Default)]
pub struct Maker {
    /// Unknown where nobody is connected.
    pub role: Option<Name>,
    /// By schema; under none, what a new object has instead of what is usual.
    pub gives: BTreeMap<(Option<Name>, Grantable), Privileges>,
}

impl Maker {
    /// What a new object in `schema` has.
    #[must_use]
    pub fn given(&self, on: Grantable, schema: Option<&Name>) -> Privileges {
        let everywhere = self.gives.get(&(None, on)).cloned().unwrap_or_else(|| on.usual());
        let here = schema.and_then(|schema| self.gives.get(&(Some(schema.clone()), on)));
        match here {
            Some(here) => everywhere.with(here, self.role.as_ref()),
            None => everywhere,
        }
    }
}
