//! What steps of several kinds wait for each other by: what one of them sets free, another takes.

use crate::model::Name;
use crate::sql::quote_identifier;

/// That a relation has a name.
#[must_use]
pub fn relation_claim(schema: &Name, name: &Name) -> String {
    format!("relation {}.{}", quote_identifier(schema), quote_identifier(name))
}

/// That the indexes which a table is to get are there, if only on the table.
#[must_use]
pub fn indexes_of(table: &str) -> String {
    format!("indexes of {table}")
}

/// That its partitions have them, too.
#[must_use]
pub fn builds_of(table: &str) -> String {
    format!("index builds of {table}")
}

/// That the partitions which are to leave a table have left it.
#[must_use]
pub fn departures_of(table: &str) -> String {
    format!("departures of {table}")
}

/// That those which are to be tables of their own, or of other parents, have left a table and all that is below it:
/// what it gets from then on they do not get, and what it loses they keep.
#[must_use]
pub fn leavers_of(table: &str) -> String {
    format!("leavers of {table}")
}

/// That the checks which a table is to get are there, if not yet known to hold for its rows.
#[must_use]
pub fn checks_of(table: &str) -> String {
    format!("checks of {table}")
}

/// That a table has a primary key: it can have only one.
#[must_use]
pub fn primary_key_of(table: &str) -> String {
    format!("primary key of {table}")
}
