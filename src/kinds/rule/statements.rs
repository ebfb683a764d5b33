//! CREATE and DROP RULE.

use super::{Event, Rule};
use crate::kind::{Declared, Enabled};
use crate::model::Step;
use crate::sql::{LockLevel, Sql};

type It<'a> = Declared<'a, Rule>;

pub fn create(it: &It<'_>) -> Vec<Step> {
    let create = Step::create(it.address, define(it, "CREATE RULE "))
        .lock(LockLevel::AccessExclusive, it.address.relation_qualified());
    let enable = (it.spec.enabled != Enabled::Origin).then(|| enable(it));
    std::iter::once(create).chain(enable).collect()
}

/// A rule that is defined anew stays as enabled as it was.
pub fn alter(from: &It<'_>, to: &It<'_>) -> Vec<Step> {
    let mut steps = Vec::new();
    if (Rule { enabled: to.spec.enabled, ..from.spec.clone() }) != *to.spec {
        steps.push(
            Step::alter(to.address, "redefine rule", define(to, "CREATE OR REPLACE RULE "))
                .lock(LockLevel::AccessExclusive, to.address.relation_qualified()),
        );
    }
    if from.spec.enabled != to.spec.enabled {
        steps.push(enable(to));
    }
    steps
}

pub fn drop(it: &It<'_>) -> Step {
    let sql = Sql::new("DROP RULE ")
        .identifier(&it.address.name)
        .raw(" ON ")
        .raw(&it.address.relation_qualified());
    Step::drop(it.address, sql).lock(LockLevel::AccessExclusive, it.address.relation_qualified())
}

fn define(it: &It<'_>, verb: &str) -> Sql {
    let event = match it.spec.on {
        Event::Insert => "INSERT",
        Event::Update => "UPDATE",
        Event::Delete => "DELETE",
    };
    let mut sql = Sql::new(verb)
        .identifier(&it.address.name)
        .raw(&format!(" AS ON {event} TO "))
        .raw(&it.address.relation_qualified());
    if let Some(condition) = &it.spec.condition {
        sql = sql.raw("\n    WHERE ").fragment(condition);
    }
    let words = if it.spec.instead { "\n    DO INSTEAD " } else { "\n    DO ALSO " };
    sql.raw(words).fragment(&it.spec.action)
}

fn enable(it: &It<'_>) -> Step {
    let sql = Sql::new("ALTER TABLE ")
        .raw(&it.address.relation_qualified())
        .raw(&format!(" {} RULE ", it.spec.enabled.words()))
        .identifier(&it.address.name);
    Step::alter(it.address, it.spec.enabled.title("rule"), sql)
        .lock(LockLevel::AccessExclusive, it.address.relation_qualified())
}
