//! Statements about the rows of a table that go to another one.

use super::Table;
use super::inheritance::{effective, names};
use crate::model::{Address, Name, Step};
use crate::sql::{LockLevel, Sql, identifier_list};

/// The columns that have values of their own, and are not computed.
pub fn stored(table: &Table) -> Vec<Name> {
    let stored =
        |name: &Name| effective(table, name).is_some_and(|column| column.generated.is_none());
    names(table).into_iter().filter(stored).collect()
}

/// A copy of `columns` of all rows, also of those that PostgreSQL fills by itself.
pub fn copied(to: &str, columns: &[Name], from: &str) -> Sql {
    copied_as(to, columns, &identifier_list(columns.iter().map(|name| &**name)), from)
}

/// The same, with `values` for the columns.
pub fn copied_as(to: &str, columns: &[Name], values: &str, from: &str) -> Sql {
    Sql::new("INSERT INTO ")
        .raw(to)
        .raw(" (")
        .identifiers(columns.iter().map(|name| &**name))
        .raw(") OVERRIDING SYSTEM VALUE SELECT ")
        .raw(values)
        .raw(" FROM ")
        .raw(from)
}

/// A step of `address` after which nobody else reads or writes `relation`.
pub fn keep_out(address: &Address, relation: &str, title: impl Into<String>) -> Step {
    let sql = Sql::new("LOCK TABLE ").raw(relation).raw(" IN ACCESS EXCLUSIVE MODE");
    Step::alter(address, title, sql).lock(LockLevel::AccessExclusive, relation.to_owned())
}

/// A step of `address` that ends the rows of `relation` for which `condition` is true.
pub fn let_go(address: &Address, relation: &str, condition: &Sql, title: &str) -> Step {
    let sql = Sql::new("DELETE FROM ").raw(relation).raw(" WHERE ").append(condition);
    Step::alter(address, title, sql).lock(LockLevel::RowExclusive, relation.to_owned()).scans()
}
