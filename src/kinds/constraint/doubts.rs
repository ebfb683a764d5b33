//! What rows may have against a new constraint.

use super::statements::referenced;
use super::{Constraint, Match};
use crate::kind::{Declared, Doubt};
use crate::model::Name;
use crate::sql::{Sql, parse_qualified};

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
        Constraint::PrimaryKey(key) if !key.without_overlaps => {
            let mut doubts = vec![Doubt::duplicates(&relation, &key.columns, None, false)];
            doubts.extend(key.columns.iter().map(|column| Doubt::nulls(&relation, column)));
            doubts
        }
        Constraint::Unique(key) if !key.without_overlaps => {
            vec![Doubt::duplicates(&relation, &key.columns, None, key.nulls_not_distinct)]
        }
        Constraint::ForeignKey(key) if !key.period => {
            let Ok((_, _, columns)) = parse_qualified(key.references.as_str()) else {
                return Vec::new();
            };
            let keys: Vec<Name> = columns.into_iter().map(Name::from).collect();
            let full = key.match_type == Match::Full;
            vec![Doubt::orphans(&relation, &key.columns, &referenced(key), &keys, full)]
        }
        Constraint::Check(check) => {
            let condition = Sql::new("NOT (").fragment(&check.expression).raw(")");
            let what = format!("rows of {relation} for which {} is false", check.expression);
            vec![Doubt::rows(&relation, &condition, what)]
        }
        _ => Vec::new(),
    }
}
