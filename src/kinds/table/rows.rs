//! Statements about the rows of a table that go to another one.

use super::Table;
use super::inheritance::{effective, names};
use crate::model::{Address, Name, Step};
use crate::sql::{LockLevel, Sql};

/// The columns that have values of their own, and are not computed.
pub fn stored(table: &Table) -> Vec<Name> {
    let stored =
        |name: &Name| effective(table, name).is_some_and(|column| column.generated.is_none());
    names(table).into_iter().filter(stored).collect()
}

/// A copy of `columns` of all rows, also of those that PostgreSQL fills by itself.
pub fn copied(to: &str, columns: &[Name], from: &str) -> Sql {
    let list = || columns.iter().map(|name| &**name);
    Sql::new("INSERT INTO ")
        .raw(to)
        .raw(" (")
        .identifiers(list())
        .raw(") OVERRIDING SYSTEM VALUE SELECT ")
        .identifiers(list())
        .raw(" FROM ")
        .raw(from)
}

/// A step of `address` after which nobody else reads or writes `relations`, whatever is below them; nor `above`, by
/// way of which they do.
pub fn keep_out(address: &Address, above: Option<String>, relations: &[String]) -> Step {
    let mut sql = Sql::new("LOCK TABLE ");
    if let Some(above) = &above {
        sql = sql.raw("ONLY ").raw(above).raw(", ");
    }
    sql = sql.raw(&relations.join(", ")).raw(" IN ACCESS EXCLUSIVE MODE");
    let step = Step::alter(address, "keep others out", sql);
    let all = above.into_iter().chain(relations.iter().cloned());
    all.fold(step, |step, it| step.lock(LockLevel::AccessExclusive, it))
}
