//! The partition key, as far as its text tells.

use super::Table;
use super::column::Column;
use crate::model::Name;
use crate::sql::{parse_names, quote_identifier};

/// The values that an integer key can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IntegerKey {
    pub least: i128,
    pub most: i128,
    /// Whether the server writes constants of its type without quotes.
    pub bare: bool,
}

impl IntegerKey {
    /// Of a type that only the server knows.
    pub const ANY: Self = Self { least: i128::MIN, most: i128::MAX, bare: false };

    /// Of a table's key. Nothing, where it cannot be an integer.
    pub fn of(table: &Table) -> Option<Self> {
        let Some(data_type) = column(table).and_then(|column| column.data_type.as_ref()) else {
            return Some(Self::ANY);
        };
        let text = data_type.as_str().trim().to_ascii_lowercase();
        let between = |least: i128, most: i128, bare| Some(Self { least, most, bare });
        match text.split('(').next().unwrap_or_default().trim() {
            "smallint" | "int2" => between(i16::MIN.into(), i16::MAX.into(), false),
            "integer" | "int" | "int4" => between(i32::MIN.into(), i32::MAX.into(), true),
            "bigint" | "int8" => between(i64::MIN.into(), i64::MAX.into(), false),
            "numeric" | "decimal" => Some(Self { bare: true, ..Self::ANY }),
            other if OTHERS.iter().any(|begin| other.starts_with(begin)) => None,
            // A domain, perhaps.
            _ => Some(Self::ANY),
        }
    }
}

/// How types of PostgreSQL begin that are no integers.
const OTHERS: &[&str] = &[
    "bool", "bpchar", "bytea", "char", "date", "double", "float", "inet", "interval", "real",
    "text", "time", "uuid", "varchar",
];

/// How a table is partitioned, and what is in the parentheses after that: `RANGE`, and `a, lower(b)`.
pub fn parts(table: &Table) -> Option<(&str, &str)> {
    let (method, key) = table.partition_by.as_ref()?.as_str().split_once('(')?;
    Some((method.trim(), key.trim().strip_suffix(')')?.trim()))
}

/// Whether a column is in a table's key, by itself or in an expression: it cannot have another type then.
pub fn has(table: &Table, column: &Name) -> bool {
    let Some((_, key)) = parts(table) else { return false };
    let quoted = quote_identifier(column);
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$' | '"');
    key.match_indices(&*quoted).any(|(at, found)| {
        !key[..at].ends_with(is_word) && !key[at + found.len()..].starts_with(is_word)
    })
}

/// Whether a column of the key has another type, or is sorted otherwise, in `to`.
pub fn retyped(from: &Table, to: &Table) -> bool {
    from.column.iter().any(|(name, old)| {
        let new = to.column.get(name);
        new.is_some_and(|new| super::column::retyped(old, new)) && has(from, name)
    })
}

/// The name of the column that a table is partitioned by, if it is one alone and nothing else.
pub fn name(table: &Table) -> Option<Name> {
    match parse_names(parts(table)?.1).ok()?.as_slice() {
        [name] => Some(name.as_str().into()),
        _ => None,
    }
}

/// That column, where it is declared.
pub fn column(table: &Table) -> Option<&Column> {
    table.column.get(&name(table)?)
}
