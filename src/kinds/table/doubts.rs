//! What rows may have against changes of their table.

use super::Table;
use super::bounds::condition;
use super::inheritance::{effective, names};
use crate::kind::{Declared, Doubt};
use crate::sql::Sql;

type It<'a> = Declared<'a, Table>;

/// Rows that would have no value where one has to be, or would be in the wrong partition.
pub fn doubts(from: Option<&It<'_>>, to: &It<'_>) -> Vec<Doubt> {
    misplaced(from, to).into_iter().chain(missing(from, to)).collect()
}

/// Rows outside of the bounds that a partition is to have, and rows within them that are in the
/// default partition beside it.
fn misplaced(from: Option<&It<'_>>, to: &It<'_>) -> Vec<Doubt> {
    let same = from.is_some_and(|from| {
        from.partition_of == to.partition_of && from.spec.values == to.spec.values
    });
    let partition = to.address.qualified();
    let regrouped = to.spec.regrouped.0.as_ref();
    if let Some(unplaced) = regrouped.and_then(|it| it.unplaced.as_ref()) {
        let what = format!("rows of {partition} that no partition takes");
        return vec![Doubt::rows(&partition, unplaced, what)];
    }
    if regrouped.is_some_and(|it| it.rest) {
        return Vec::new();
    }
    let Some(condition) = condition(to).filter(|_| !same) else { return Vec::new() };
    let values = to.spec.values.as_ref().map_or("", |values| values.as_str());
    let outside = from.map(|_| {
        let condition = condition.clone().raw(" IS NOT TRUE");
        let what = format!("rows of {partition} that are not {values}");
        Doubt { moves: true, ..Doubt::rows(&partition, &condition, what) }
    });
    let stays = from.filter(|from| from.partition_of == to.partition_of);
    let beside = stays.map_or(&to.spec.beside_default.0, |from| &from.spec.beside_default.0);
    let elsewhere = beside.as_ref().filter(|default| **default != partition).map(|default| {
        let what = format!("rows of {default} that belong to {partition}, {values}");
        Doubt { moves: true, ..Doubt::rows(default, &condition, what) }
    });
    outside.into_iter().chain(elsewhere).collect()
}

/// Rows that would have no value where one has to be.
fn missing(from: Option<&It<'_>>, to: &It<'_>) -> Vec<Doubt> {
    let Some(from) = from else { return Vec::new() };
    let relation = to.address.qualified();
    let new = names(to.spec).into_iter();
    let found = new.filter_map(|name| {
        let column = effective(to.spec, &name).filter(|column| column.not_null)?;
        match effective(from.spec, &name) {
            Some(old) => (!old.not_null).then(|| Doubt::nulls(&relation, &name)),
            None => {
                let filled = column.default.is_some()
                    || column.generated.is_some()
                    || column.identity.is_some()
                    || column.serial;
                let what = format!("rows of {relation} that would have no value in {name}");
                (!filled).then(|| Doubt::rows(&relation, &Sql::new("true"), what))
            }
        }
    });
    found.collect()
}
