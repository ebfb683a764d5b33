//! Steps about what is the table's own and no column's.

use super::Table;
use super::alter::alter;
use super::create::{row_security, storage_parameter};
use crate::kind::Declared;
use crate::model::Step;
use crate::sql::Sql;

type It<'a> = Declared<'a, Table>;

/// What is the table's and no column's.
pub fn steps(from: &It<'_>, to: &It<'_>) -> Vec<Step> {
    let (old, new) = (from.spec, to.spec);
    let mut steps = Vec::new();
    if old.unlogged != new.unlogged {
        let action = if new.unlogged { "SET UNLOGGED" } else { "SET LOGGED" };
        steps.push(alter(to, action.to_lowercase(), &Sql::new(action)).rewrites());
    }
    let set: Vec<String> = new
        .storage
        .iter()
        .filter(|(name, value)| old.storage.get(*name) != Some(*value))
        .map(|(name, value)| storage_parameter(name, value))
        .collect();
    let reset: Vec<&str> = old
        .storage
        .keys()
        .filter(|name| !new.storage.contains_key(*name))
        .map(String::as_str)
        .collect();
    for (word, list) in [("SET", set.join(", ")), ("RESET", reset.join(", "))] {
        if !list.is_empty() {
            let action = Sql::new(word).raw(" (").raw(&list).raw(")");
            steps.push(alter(to, "change storage parameters".to_owned(), &action));
        }
    }
    let security = [
        (old.row_level_security, new.row_level_security, "ENABLE", "DISABLE"),
        (old.force_row_level_security, new.force_row_level_security, "FORCE", "NO FORCE"),
    ];
    for (old, new, on, off) in security {
        if old != new {
            steps.push(row_security(to, if new { on } else { off }));
        }
    }
    steps
}
