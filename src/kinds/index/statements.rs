//! CREATE, ALTER and DROP INDEX.

use super::Index;
use crate::kind::Declared;
use crate::model::Step;
use crate::sql::{LockLevel, Sql, quote_identifier, quote_literal};

type It<'a> = Declared<'a, Index>;

pub fn create(it: &It<'_>) -> Step {
    let spec = it.spec;
    let table = it.address.relation_qualified();
    let mut sql = Sql::new(if spec.unique { "CREATE UNIQUE INDEX " } else { "CREATE INDEX " })
        .identifier(&it.address.name)
        .raw(" ON ")
        .raw(&table);
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
    if !spec.storage.is_empty() {
        let list = spec.storage.iter().map(|(name, value)| parameter(name, value));
        sql = sql.raw(" WITH (").raw(&list.collect::<Vec<_>>().join(", ")).raw(")");
    }
    if let Some(predicate) = &spec.predicate {
        sql = sql.raw(" WHERE ").fragment(predicate);
    }
    Step::create(it.address, sql).lock(LockLevel::Share, table).scans()
}

pub fn alter(from: &It<'_>, to: &It<'_>) -> Vec<Step> {
    let alter = |list: String, word: &str| {
        let sql =
            Sql::new("ALTER INDEX ").raw(&to.address.qualified()).raw(&format!(" {word} ({list})"));
        Step::alter(to.address, "change storage parameters", sql)
            .lock(LockLevel::ShareUpdateExclusive, to.address.qualified())
    };
    let (old, new) = (&from.spec.storage, &to.spec.storage);
    let set: Vec<String> = new
        .iter()
        .filter(|(name, value)| old.get(*name) != Some(*value))
        .map(|(name, value)| parameter(name, value))
        .collect();
    let reset: Vec<String> = old
        .keys()
        .filter(|name| !new.contains_key(*name))
        .map(|name| quote_identifier(name))
        .collect();
    let mut steps = Vec::new();
    if !set.is_empty() {
        steps.push(alter(set.join(", "), "SET"));
    }
    if !reset.is_empty() {
        steps.push(alter(reset.join(", "), "RESET"));
    }
    steps
}

fn parameter(name: &str, value: &str) -> String {
    format!("{} = {}", quote_identifier(name), quote_literal(value))
}

pub fn drop(it: &It<'_>) -> Step {
    let sql = Sql::new("DROP INDEX ").raw(&it.address.qualified());
    Step::drop(it.address, sql).lock(LockLevel::AccessExclusive, it.address.relation_qualified())
}
