//! What rows may have against changes of their table.

use super::Table;
use super::bounds::condition;
use super::column::Column;
use super::column_steps::conversion;
use super::fill;
use super::hash;
use super::inheritance::{effective, names};
use crate::kind::{Declared, Doubt};
use crate::model::{Address, Name};
use crate::sql::Sql;

type It<'a> = Declared<'a, Table>;

/// Rows that would have no value where one has to be, or one that its type does not take, or would be in the
/// wrong partition.
pub fn doubts(from: Option<&It<'_>>, to: &It<'_>) -> Vec<Doubt> {
    let mut doubts = misplaced(from, to);
    doubts.extend(missing(from, to));
    doubts.extend(from.into_iter().flat_map(|from| refused(from, to)));
    doubts
}

/// Rows whose values the new type of a column refuses. A partition follows its parent.
fn refused(from: &It<'_>, to: &It<'_>) -> Vec<Doubt> {
    let relation = to.address.qualified();
    let found = to.spec.column.iter().filter_map(|(name, new)| {
        let data_type = new.data_type.as_ref().filter(|_| to.partition_of.is_none())?;
        let old: Column = effective(from.spec, name)?;
        let same = old.data_type.as_ref() == Some(data_type) || old.data_type.is_none();
        if same || old.generated.is_some() || new.generated.is_some() {
            return None;
        }
        let conversion = conversion(&old, new);
        let way = conversion.way(data_type);
        conversion.refuses.then(|| Doubt::assignment(&relation, name, way, data_type))
    });
    found.collect()
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
    // A hash is of the parent's key, and so cannot be asked about before the parent has it.
    let of_parent = || Some((hash::condition(to)?, to.partition_of.map(Address::qualified)));
    let condition = condition(to).map(|condition| (condition, None)).or_else(of_parent);
    let Some((condition, other)) = condition.filter(|_| !same) else { return Vec::new() };
    let values = to.spec.values.as_ref().map_or("", |values| values.as_str());
    let outside = from.map(|_| {
        let condition = condition.clone().raw(" IS NOT TRUE");
        let what = format!("rows of {partition} that are not {values}");
        Doubt { moves: true, other, ..Doubt::rows(&partition, &condition, what) }
    });
    let stays = from.filter(|from| from.partition_of == to.partition_of);
    let beside = stays.map_or(&to.spec.beside_default.0, |from| &from.spec.beside_default.0);
    let elsewhere = beside.as_ref().filter(|default| **default != partition).map(|default| {
        let what = format!("rows of {default} that belong to {partition}, {values}");
        Doubt { moves: true, ..Doubt::rows(default, &condition, what) }
    });
    outside.into_iter().chain(elsewhere).collect()
}

/// Rows that none of the partitions takes that a new table has, at any depth, `below` it.
pub fn unplaced(it: &It<'_>, below: &[It<'_>]) -> Vec<Doubt> {
    gaps(it, &it.address.qualified(), None, below)
}

fn gaps(it: &It<'_>, old: &str, within: Option<&Sql>, below: &[It<'_>]) -> Vec<Doubt> {
    let parts = || below.iter().filter(|part| part.partition_of == Some(it.address));
    let whole = it.spec.partition_by.is_none() || parts().any(|part| part.spec.is_default());
    let conditions: Option<Vec<Sql>> = parts().map(condition).collect();
    let Some(conditions) = conditions else { return Vec::new() };
    let and = |sql: Sql| match within {
        Some(within) => within.clone().raw(" AND ").append(&sql),
        None => sql,
    };
    let mut found = Vec::new();
    if !whole {
        let taken =
            conditions.iter().fold(Sql::new("(false"), |sql, one| sql.raw(" OR ").append(one));
        let what = format!("rows of {old} that no partition of {} takes", it.address.qualified());
        found.push(Doubt::rows(old, &and(taken.raw(") IS NOT TRUE")), what));
    }
    for (part, condition) in parts().zip(&conditions) {
        found.extend(gaps(part, old, Some(&and(condition.clone())), below));
    }
    found
}

/// Rows that would have no value where one has to be.
fn missing(from: Option<&It<'_>>, to: &It<'_>) -> Vec<Doubt> {
    let Some(from) = from else { return Vec::new() };
    let relation = to.address.qualified();
    let new = names(to.spec).into_iter();
    let found = new.filter_map(|name| {
        let column = effective(to.spec, &name).filter(|column| column.not_null)?;
        match effective(from.spec, &name) {
            Some(_) if is_being_filled(from.spec, &name, &column) => None,
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

/// Whether the plan goes on with giving a column its values, which an earlier run has begun. It is the comment
/// of the column of the uppermost parent that says so for partitions.
fn is_being_filled(table: &Table, name: &Name, new: &Column) -> bool {
    let parents = table.parents.0.iter().filter(|_| table.values.is_some());
    let mut parents = parents.filter_map(|(_, spec)| spec.get::<Table>());
    effective(table, name).is_some_and(|old| fill::is_empty(&old, new))
        || parents.any(|parent| is_being_filled(parent, name, new))
}
