//! CREATE, ALTER and DROP POLICY.

use super::{Command, Policy};
use crate::kind::Declared;
use crate::model::Step;
use crate::sql::{LockLevel, Sql, quote_identifier};

type It<'a> = Declared<'a, Policy>;

pub fn create(it: &It<'_>) -> Step {
    let mut sql = head("CREATE", it);
    if it.spec.restrictive {
        sql = sql.raw(" AS RESTRICTIVE");
    }
    sql = sql.raw(match it.spec.command {
        Command::All => "",
        Command::Select => " FOR SELECT",
        Command::Insert => " FOR INSERT",
        Command::Update => " FOR UPDATE",
        Command::Delete => " FOR DELETE",
    });
    Step::create(it.address, rest(sql, it.spec))
        .lock(LockLevel::AccessExclusive, it.address.relation_qualified())
}

pub fn alter(to: &It<'_>) -> Step {
    Step::alter(to.address, "change policy", rest(head("ALTER", to), to.spec))
        .lock(LockLevel::AccessExclusive, to.address.relation_qualified())
}

pub fn drop(it: &It<'_>) -> Step {
    Step::drop(it.address, head("DROP", it))
        .lock(LockLevel::AccessExclusive, it.address.relation_qualified())
}

fn head(verb: &str, it: &It<'_>) -> Sql {
    Sql::new(verb)
        .raw(" POLICY ")
        .identifier(&it.address.name)
        .raw(" ON ")
        .raw(&it.address.relation_qualified())
}

fn rest(sql: Sql, spec: &Policy) -> Sql {
    let roles: Vec<String> = spec.roles.iter().map(|role| quote_identifier(role)).collect();
    let roles = if roles.is_empty() { "PUBLIC".to_owned() } else { roles.join(", ") };
    let mut sql = sql.raw(" TO ").raw(&roles);
    if let Some(expression) = &spec.using {
        sql = sql.raw("\n    USING (").fragment(expression).raw(")");
    }
    if let Some(expression) = &spec.with_check {
        sql = sql.raw("\n    WITH CHECK (").fragment(expression).raw(")");
    }
    sql
}
