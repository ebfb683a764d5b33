//! What rows may have against a new constraint.

use super::statements::referenced;
use super::{Constraint, Key, Match};
use crate::kind::{Declared, Doubt};
use crate::model::Name;
use crate::sql::{Sql, parse_qualified, quote_identifier};

type It<'a> = Declared<'a, Constraint>;

/// Rows were not held yet to one that is not valid, or not enforced.
pub fn doubts(from: Option<&It<'_>>, it: &It<'_>) -> Vec<Doubt> {
    let held = |it: &It<'_>| match it.spec {
        Constraint::ForeignKey(key) => !key.not_valid && key.enforced,
        Constraint::Check(check) => !check.not_valid && check.enforced,
        _ => true,
    };
    if !held(it) || from.is_some_and(held) {
        return Vec::new();
    }
    let relation = it.address.relation_qualified();
    match it.spec {
        Constraint::PrimaryKey(key) => {
            let mut doubts = vec![taken(&relation, key)];
            doubts.extend(key.columns.iter().map(|column| Doubt::nulls(&relation, column)));
            doubts
        }
        Constraint::Unique(key) => vec![taken(&relation, key)],
        Constraint::Exclude(exclude) => {
            Doubt::exclusion(&relation, &exclude.definition).into_iter().collect()
        }
        Constraint::ForeignKey(key) => {
            let Ok((_, _, columns)) = parse_qualified(key.references.as_str()) else {
                return Vec::new();
            };
            let keys: Vec<Name> = columns.into_iter().map(Name::from).collect();
            if key.period {
                let uncovered = Doubt::uncovered(&relation, &key.columns, &referenced(key), &keys);
                return uncovered.into_iter().collect();
            }
            let full = key.match_type == Match::Full;
            vec![Doubt::orphans(&relation, &key.columns, &referenced(key), &keys, full)]
        }
        Constraint::Check(check) => {
            let condition = Sql::new("NOT (").fragment(&check.expression).raw(")");
            let what = format!("rows of {relation} for which {} is false", check.expression);
            vec![Doubt::rows(&relation, &condition, what)]
        }
    }
}

/// Rows that have the same key; without overlaps, those whose ranges overlap.
fn taken(relation: &str, key: &Key) -> Doubt {
    let columns: Vec<String> = key.columns.iter().map(|name| quote_identifier(name)).collect();
    if !key.without_overlaps {
        return Doubt::duplicates(relation, &columns, None, key.nulls_not_distinct);
    }
    let last = columns.len().saturating_sub(1);
    let operator = |n| if n == last { "&&" } else { "=" };
    let compared = columns.into_iter().enumerate().map(|(n, column)| (column, operator(n)));
    Doubt::conflicts(relation, &compared.collect::<Vec<_>>(), None)
}
