//! CREATE and ALTER PUBLICATION.

use std::collections::BTreeSet;

use super::{Generated, Operation, Publication};
use crate::kind::Declared;
use crate::model::Step;
use crate::sql::{LockLevel, Sql};

type It<'a> = Declared<'a, Publication>;

pub fn create(it: &It<'_>) -> Step {
    let mut sql = Sql::new("CREATE PUBLICATION ").identifier(&it.address.name);
    if it.spec.all_tables {
        sql = sql.raw(" FOR ALL TABLES");
    } else if let Some(objects) = objects(it.spec) {
        sql = sql.raw(" FOR ").append(&objects);
    }
    let options = options(&Publication::default(), it.spec);
    if !options.is_empty() {
        sql = sql.raw(" WITH (").raw(&options.join(", ")).raw(")");
    }
    on_tables(Step::create(it.address, sql), &[it.spec])
}

/// Those that come and those that go; others go on reading and writing them.
fn on_tables(step: Step, sides: &[&Publication]) -> Step {
    let names: BTreeSet<&String> = sides.iter().flat_map(|spec| spec.tables.0.keys()).collect();
    names
        .into_iter()
        .fold(step, |step, name| step.lock(LockLevel::ShareUpdateExclusive, name.clone()))
}

/// What is published is set as a whole: PostgreSQL keeps what stays. That nothing is cannot be said
/// so.
pub fn alter(from: &It<'_>, to: &It<'_>) -> Vec<Step> {
    let alter = || Sql::new("ALTER PUBLICATION ").identifier(&to.address.name);
    let mut steps = Vec::new();
    let (old, new) = (from.spec, to.spec);
    if old.tables != new.tables || old.schemas != new.schemas {
        let sql = match (objects(new), names(old)) {
            (Some(objects), _) => Some(alter().raw(" SET ").append(&objects)),
            (None, Some(names)) => Some(alter().raw(" DROP ").append(&names)),
            (None, None) => None,
        };
        let step = |sql| Step::alter(to.address, "change what is published", sql);
        steps.extend(sql.map(|sql| on_tables(step(sql), &[old, new])));
    }
    let options = options(old, new);
    if !options.is_empty() {
        let sql = alter().raw(" SET (").raw(&options.join(", ")).raw(")");
        steps.push(Step::alter(to.address, "change publication", sql));
    }
    steps
}

/// `TABLE a, b (c) WHERE (d > 0), TABLES IN SCHEMA e`; `None` when there is nothing.
fn objects(spec: &Publication) -> Option<Sql> {
    let tables = spec.tables.0.iter().map(|(name, published)| {
        let mut sql = Sql::new(name);
        if !published.columns.is_empty() {
            sql = sql.raw(" (").identifiers(published.columns.iter().map(|name| &**name)).raw(")");
        }
        match &published.filter {
            Some(filter) => sql.raw(" WHERE (").fragment(filter).raw(")"),
            None => sql,
        }
    });
    list(tables, spec)
}

/// The same without what is published of the tables.
fn names(spec: &Publication) -> Option<Sql> {
    list(spec.tables.0.keys().map(|name| Sql::new(name)), spec)
}

fn list(tables: impl Iterator<Item = Sql>, spec: &Publication) -> Option<Sql> {
    let mut sql: Option<Sql> = None;
    for (n, table) in tables.enumerate() {
        let before = if n > 0 { ", " } else { "TABLE " };
        sql = Some(sql.unwrap_or_default().raw(before).append(&table));
    }
    if !spec.schemas.is_empty() {
        let schemas = spec.schemas.iter().map(|name| &**name);
        let before = if sql.is_some() { ", TABLES IN SCHEMA " } else { "TABLES IN SCHEMA " };
        sql = Some(sql.unwrap_or_default().raw(before).identifiers(schemas));
    }
    sql
}

/// The options that are others.
fn options(from: &Publication, to: &Publication) -> Vec<String> {
    let mut options = Vec::new();
    if from.publish != to.publish {
        let all = Operation::ALL.to_vec();
        let words: Vec<&str> = to.publish.as_ref().unwrap_or(&all).iter().map(word).collect();
        options.push(format!("publish = {}", crate::sql::quote_literal(&words.join(", "))));
    }
    if from.publish_via_partition_root != to.publish_via_partition_root {
        options.push(format!("publish_via_partition_root = {}", to.publish_via_partition_root));
    }
    if from.publish_generated_columns != to.publish_generated_columns {
        let word = match to.publish_generated_columns {
            Generated::None => "none",
            Generated::Stored => "stored",
        };
        options.push(format!("publish_generated_columns = {word}"));
    }
    options
}

fn word(operation: &Operation) -> &'static str {
    match operation {
        Operation::Insert => "insert",
        Operation::Update => "update",
        Operation::Delete => "delete",
        Operation::Truncate => "truncate",
    }
}
