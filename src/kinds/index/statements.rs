//! CREATE, ALTER and DROP INDEX.

use super::{Index, attached, online};
use crate::kind::{Declared, leavers_of};
use crate::model::{Name, Step};
use crate::sql::{LockLevel, Sql};

type It<'a> = Declared<'a, Index>;

pub fn create(it: &It<'_>) -> Vec<Step> {
    if let Some(parent) = &it.spec.attached_to {
        return attached::create(it, parent);
    }
    let mut steps = match online::create(it) {
        Some(steps) => steps,
        None => vec![define(it)],
    };
    steps.extend(it.spec.settings().cluster(it.address));
    steps.extend(statistics(&Index::default(), it));
    if let Some(first) = steps.first_mut() {
        first.claims.push(leavers_of(&it.address.relation_qualified()));
    }
    steps
}

fn define(it: &It<'_>) -> Step {
    let table = it.address.relation_qualified();
    let before = if it.spec.only { " ON ONLY " } else { " ON " };
    let sql = definition(it.spec, "", &it.address.name, before, &table);
    let step = Step::create(it.address, sql).lock(LockLevel::Share, table);
    if it.spec.only { step } else { step.builds() }
}

/// `how` it is built, under which name, and where.
pub fn definition(spec: &Index, how: &str, name: &Name, on: &str, table: &str) -> Sql {
    let words = if spec.unique { "CREATE UNIQUE INDEX " } else { "CREATE INDEX " };
    let mut sql = Sql::new(words).raw(how).identifier(name).raw(on).raw(table);
    if let Some(method) = &spec.using {
        sql = sql.raw(" USING ").identifier(method);
    }
    sql = sql.raw(" (").fragments(&spec.columns).raw(")");
    if !spec.include.is_empty() {
        sql = sql.raw(" INCLUDE (").identifiers(spec.include.iter().map(|name| &**name)).raw(")");
    }
    if spec.nulls_not_distinct {
        sql = sql.raw(" NULLS NOT DISTINCT");
    }
    sql = sql.raw(&spec.settings().with_clause());
    if let Some(tablespace) = &spec.tablespace {
        sql = sql.raw(" TABLESPACE ").identifier(tablespace);
    }
    match &spec.predicate {
        Some(predicate) => sql.raw(" WHERE ").fragment(predicate),
        None => sql,
    }
}

pub fn alter(from: &It<'_>, to: &It<'_>) -> Vec<Step> {
    let mut steps = if from.spec.only && !to.spec.only { online::complete(to) } else { Vec::new() };
    steps.extend(to.spec.settings().changes(&from.spec.settings(), to.address));
    steps.extend(statistics(from.spec, to));
    steps
}

/// <https://www.postgresql.org/docs/current/sql-alterindex.html>
pub fn statistics(old: &Index, to: &It<'_>) -> Vec<Step> {
    let new = &to.spec.statistics;
    let reset = old.statistics.keys().filter(|column| !new.contains_key(*column));
    let targets = new
        .iter()
        .filter(|(column, target)| old.statistics.get(*column) != Some(*target))
        .map(|(column, target)| (column, *target))
        .chain(reset.map(|column| (column, -1)));
    let step = |(column, target): (&String, i32)| {
        let sql = Sql::new("ALTER INDEX ")
            .raw(&to.address.qualified())
            .raw(&format!(" ALTER COLUMN {column} SET STATISTICS {target}"));
        Step::alter(to.address, format!("set the statistics target of column {column}"), sql)
            .lock(LockLevel::ShareUpdateExclusive, to.address.qualified())
    };
    targets.map(step).collect()
}

/// One that a partition has from its parent goes with the parent's or with the partition.
pub fn drop(it: &It<'_>) -> Vec<Step> {
    if it.spec.attached_to.is_some() {
        return Vec::new();
    }
    if let Some(step) = online::drop(it) {
        return vec![step];
    }
    let sql = Sql::new("DROP INDEX ").raw(&it.address.qualified()).raw(if it.spec.takes_keys.0 {
        " CASCADE"
    } else {
        ""
    });
    vec![
        Step::drop(it.address, sql)
            .lock(LockLevel::AccessExclusive, it.address.relation_qualified()),
    ]
}
