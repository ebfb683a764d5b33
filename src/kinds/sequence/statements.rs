//! CREATE, ALTER and DROP SEQUENCE.

use crate::kind::{Declared, Sequence};
use crate::model::{Address, Name, Part, Step, Tag};
use crate::sql::{Fragment, LockLevel, Sql, parse_identifier_list};

/// Table and column of an OWNED BY.
pub fn owner(text: &Fragment) -> Option<(Name, Name)> {
    match parse_identifier_list(text.as_str()).ok()?.as_slice() {
        [table, column] => Some((table.as_str().into(), column.as_str().into())),
        _ => None,
    }
}

pub fn create(it: &Declared<'_, Sequence>) -> Vec<Step> {
    let spec = it.spec;
    let verb = if spec.unlogged { "CREATE UNLOGGED SEQUENCE " } else { "CREATE SEQUENCE " };
    let mut sql = Sql::new(verb).raw(&it.address.qualified());
    if let Some(data_type) = &spec.data_type {
        sql = sql.raw(" AS ").fragment(data_type);
    }
    for clause in spec.options().clauses() {
        sql = sql.raw(" ").raw(&clause);
    }
    let mut create = Step::create(it.address, sql);
    // The table usually needs the sequence for its default, and the sequence the table for its
    // owner: the owner is set afterwards.
    create.without.extend(owners(it).into_iter().map(|part| part.address));
    let mut steps = vec![create];
    steps.extend(spec.owned_by.as_ref().map(|_| own(it)));
    steps
}

pub fn alter(from: &Declared<'_, Sequence>, to: &Declared<'_, Sequence>) -> Vec<Step> {
    let mut sql = Sql::new("ALTER SEQUENCE ").raw(&to.address.qualified());
    let before = sql.len();
    let (old, new) = (from.spec, to.spec);
    if old.data_type != new.data_type {
        sql = sql.raw(" AS ");
        sql = match &new.data_type {
            Some(data_type) => sql.fragment(data_type),
            None => sql.raw("bigint"),
        };
    }
    for clause in new.options().changes(&old.options()) {
        sql = sql.raw(" ").raw(&clause);
    }
    let mut steps = Vec::new();
    if let Some(fit) = new.options().fit(&old.options(), &to.address.qualified()) {
        steps.push(Step::alter(to.address, "bring the position within the new bounds", fit));
    }
    if sql.len() > before {
        steps.push(
            Step::alter(to.address, "change sequence", sql)
                .lock(LockLevel::ShareRowExclusive, to.address.qualified()),
        );
    }
    if old.unlogged != new.unlogged {
        let words = if new.unlogged { "SET UNLOGGED" } else { "SET LOGGED" };
        let sql = Sql::new("ALTER SEQUENCE ").raw(&to.address.qualified()).raw(" ").raw(words);
        steps.push(
            Step::alter(to.address, words.to_lowercase(), sql)
                .lock(LockLevel::AccessExclusive, to.address.qualified()),
        );
    }
    if old.owned_by != new.owned_by {
        steps.push(own(to));
    }
    steps
}

pub fn drop(it: &Declared<'_, Sequence>) -> Vec<Step> {
    let sql = Sql::new("DROP SEQUENCE ").raw(&it.address.qualified());
    vec![
        Step::drop(it.address, sql)
            .lock(LockLevel::AccessExclusive, it.address.qualified())
            .loses("the sequence's position"),
    ]
}

fn own(it: &Declared<'_, Sequence>) -> Step {
    let sql = Sql::new("ALTER SEQUENCE ").raw(&it.address.qualified()).raw(" OWNED BY ");
    let sql = match it.spec.owned_by.as_ref().and_then(owner).zip(it.address.schema.as_ref()) {
        Some(((table, column), schema)) => {
            sql.identifier(schema).raw(".").identifier(&table).raw(".").identifier(&column)
        }
        None => sql.raw("NONE"),
    };
    let mut step = Step::alter(it.address, "set the owner column", sql)
        .lock(LockLevel::ShareRowExclusive, it.address.qualified());
    // Both must belong to one role by then.
    step.claims.extend(owners(it).iter().map(|part| format!("owner of {}", part.address)));
    step
}

/// The column that it is owned by; the table's name does not say whether that is a foreign one.
pub fn owners(it: &Declared<'_, Sequence>) -> Vec<Part> {
    let owner = it.spec.owned_by.as_ref().and_then(owner);
    let Some(((table, column), schema)) = owner.zip(it.address.schema.as_ref()) else {
        return Vec::new();
    };
    let column = |kind| Part::column(&Address::in_schema(Tag(kind), schema, &table), &column);
    ["table", "foreign_table"].map(column).into()
}
