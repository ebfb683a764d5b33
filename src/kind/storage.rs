//! Storage parameters of relations.
//! <https://www.postgresql.org/docs/current/sql-createtable.html#SQL-CREATETABLE-STORAGE-PARAMETERS>

use indexmap::IndexMap;

use super::by_name;
use crate::sql::{Sql, quote_identifier, quote_literal};

/// The parameters of a relation and those of its TOAST table, which have `toast.` before them, from
/// `pg_class.reloptions` of both.
#[must_use]
pub fn read(own: Option<Vec<String>>, toast: Option<Vec<String>>) -> IndexMap<String, String> {
    let mut storage = by_name(own);
    let toast = by_name(toast).into_iter();
    storage.extend(toast.map(|(name, value)| (format!("toast.{name}"), value)));
    storage.sort_keys();
    storage
}

/// What stands in the parentheses after WITH.
#[must_use]
pub fn list(parameters: &IndexMap<String, String>) -> String {
    assignments(parameters.iter())
}

/// The actions of ALTER that lead from one to the other: SET, RESET, or both.
#[must_use]
pub fn changes(old: &IndexMap<String, String>, new: &IndexMap<String, String>) -> Vec<Sql> {
    let set = new.iter().filter(|(name, value)| old.get(*name) != Some(*value));
    let reset = old.keys().filter(|name| !new.contains_key(*name));
    let reset: Vec<String> = reset.map(|name| qualified(name)).collect();
    [("SET", assignments(set)), ("RESET", reset.join(", "))]
        .into_iter()
        .filter(|(_, list)| !list.is_empty())
        .map(|(word, list)| Sql::new(word).raw(" (").raw(&list).raw(")"))
        .collect()
}

fn assignments<'a>(parameters: impl Iterator<Item = (&'a String, &'a String)>) -> String {
    let one = |(name, value): (&String, &String)| {
        format!("{} = {}", qualified(name), quote_literal(value))
    };
    parameters.map(one).collect::<Vec<_>>().join(", ")
}

/// `toast.autovacuum_enabled` is a name in a namespace.
fn qualified(name: &str) -> String {
    name.split('.').map(quote_identifier).collect::<Vec<_>>().join(".")
}
