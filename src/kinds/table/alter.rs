//! ALTER TABLE: from one table to the other, column by column.

use super::Table;
use super::column::{Column, must_recreate};
use super::column_steps::{added, changes, drop_column};
use super::own;
use crate::kind::Declared;
use crate::model::Step;
use crate::sql::{LockLevel, Sql};

type It<'a> = Declared<'a, Table>;

/// Columns that go, columns that come, columns that change, then what is the table's own.
pub fn steps(from: &It<'_>, to: &It<'_>) -> Vec<Step> {
    let mut steps = Vec::new();
    let (old, new) = (&from.spec.column, &to.spec.column);
    for (name, column) in old {
        match new.get(name) {
            None if to.spec.values.is_some() => {
                steps.extend(changes(to, name, column, &Column::default()));
            }
            None => steps.push(drop_column(to, name, column)),
            Some(target) if must_recreate(column, target) => {
                steps.push(drop_column(to, name, column));
                steps.extend(added(to, name, target));
            }
            Some(target) => steps.extend(changes(to, name, column, target)),
        }
    }
    for (name, column) in new {
        if !old.contains_key(name) {
            if to.spec.values.is_some() {
                steps.extend(changes(to, name, &Column::default(), column));
            } else {
                steps.extend(added(to, name, column));
            }
        }
    }
    steps.extend(own::steps(from, to));
    steps
}

pub fn alter(it: &It<'_>, title: String, action: &Sql) -> Step {
    let sql = Sql::new("ALTER TABLE ").raw(&it.address.qualified()).raw(" ").append(action);
    Step::alter(it.address, title, sql).lock(LockLevel::AccessExclusive, it.address.qualified())
}
