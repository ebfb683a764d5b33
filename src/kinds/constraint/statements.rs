//! ADD, VALIDATE, ALTER and DROP CONSTRAINT.

use super::{Constraint, Deferrable, ForeignKey, Key, Match};
use crate::kind::Declared;
use crate::model::{Address, Fold, Name, Part, Step, Tag};
use crate::sql::{Fragment, LockLevel, Sql, parse_qualified};

type It<'a> = Declared<'a, Constraint>;

pub fn add(it: &It<'_>) -> Step {
    let clause = clause(it);
    let table = it.address.relation_qualified();
    let sql = Sql::new("ALTER TABLE ").raw(&table).raw(" ADD ").append(&clause);
    let mut step = Step::create(it.address, sql);
    "add constraint".clone_into(&mut step.title);
    let not_valid = match it.spec {
        Constraint::ForeignKey(key) => {
            let (referenced, _) = key.references.as_str().split_once(" (").unwrap_or_default();
            step = step
                .lock(LockLevel::ShareRowExclusive, table)
                .lock(LockLevel::ShareRowExclusive, referenced.to_owned());
            key.not_valid
        }
        Constraint::Check(check) => {
            step = step.lock(LockLevel::AccessExclusive, table);
            check.not_valid
        }
        _ => {
            step = step.lock(LockLevel::AccessExclusive, table);
            false
        }
    };
    if !not_valid {
        step = step.scans();
        // A foreign key stays apart: its table may come before the one it refers to. And CREATE
        // TABLE takes NOT VALID for a slip, since there is nothing to validate.
        if !matches!(it.spec, Constraint::ForeignKey(_)) {
            step.fold = table_address(it.address).map(|into| Fold { into, clause });
        }
    }
    step
}

/// The columns of its own table, and for a foreign key those it refers to.
pub fn needs(it: &It<'_>) -> Vec<Part> {
    let Some(table) = table_address(it.address) else { return Vec::new() };
    let own = |columns: &[Name]| -> Vec<Part> {
        columns.iter().map(|column| Part::column(&table, column)).collect()
    };
    match it.spec {
        Constraint::PrimaryKey(key) | Constraint::Unique(key) => {
            [own(&key.columns), own(&key.include)].concat()
        }
        Constraint::ForeignKey(key) => {
            let mut needs = own(&key.columns);
            if let Ok((Some(schema), name, columns)) = parse_qualified(key.references.as_str()) {
                let target = Address::in_schema(Tag("table"), &schema.into(), &name.into());
                needs.push(Part::whole(&target));
                let columns =
                    columns.into_iter().map(|column| Part::column(&target, &column.into()));
                needs.extend(columns);
            }
            needs
        }
        Constraint::Check(_) | Constraint::Exclude(_) => Vec::new(),
    }
}

fn table_address(address: &Address) -> Option<Address> {
    Some(Address::in_schema(Tag("table"), address.schema.as_ref()?, address.relation.as_ref()?))
}

/// The constraint as CREATE TABLE and ADD have it. Without a name PostgreSQL chooses one.
fn clause(it: &It<'_>) -> Sql {
    let mut sql = Sql::default();
    if !it.address.name.is_empty() {
        sql = sql.raw("CONSTRAINT ").identifier(&it.address.name).raw(" ");
    }
    match it.spec {
        Constraint::PrimaryKey(spec) => key(sql.raw("PRIMARY KEY"), spec),
        Constraint::Unique(spec) => key(sql.raw("UNIQUE"), spec),
        Constraint::ForeignKey(spec) => foreign_key(sql, spec),
        Constraint::Check(check) => {
            let sql = sql.raw("CHECK (").fragment(&check.expression).raw(")");
            let sql = if check.no_inherit { sql.raw(" NO INHERIT") } else { sql };
            if check.not_valid { sql.raw(" NOT VALID") } else { sql }
        }
        Constraint::Exclude(exclude) => sql.raw("EXCLUDE ").fragment(&exclude.definition),
    }
}

fn key(mut sql: Sql, key: &Key) -> Sql {
    if key.nulls_not_distinct {
        sql = sql.raw(" NULLS NOT DISTINCT");
    }
    sql = sql.raw(" (").identifiers(key.columns.iter().map(|name| &**name)).raw(")");
    if !key.include.is_empty() {
        sql = sql.raw(" INCLUDE (").identifiers(key.include.iter().map(|name| &**name)).raw(")");
    }
    sql.raw(deferral(key.deferrable))
}

fn foreign_key(sql: Sql, key: &ForeignKey) -> Sql {
    let mut sql = sql
        .raw("FOREIGN KEY (")
        .identifiers(key.columns.iter().map(|name| &**name))
        .raw(") REFERENCES ")
        .fragment(&key.references);
    if key.match_type == Match::Full {
        sql = sql.raw(" MATCH FULL");
    }
    let action = |sql: Sql, words: &str, action: &Option<Fragment>| match action {
        Some(action) => {
            // Keywords in capitals, as in the rest of the statement; a column list stays as it is.
            let (verb, columns) = action
                .as_str()
                .split_at(action.as_str().find('(').unwrap_or(action.as_str().len()));
            let text = format!("{}{columns}", verb.to_uppercase());
            let text = match action.place() {
                Some(place) => Fragment::at(text, place),
                None => Fragment::new(text),
            };
            sql.raw(words).fragment(&text)
        }
        None => sql,
    };
    sql = action(sql, " ON UPDATE ", &key.on_update);
    sql = action(sql, " ON DELETE ", &key.on_delete);
    sql = sql.raw(deferral(key.deferrable));
    if key.not_valid { sql.raw(" NOT VALID") } else { sql }
}

fn deferral(deferrable: Deferrable) -> &'static str {
    match deferrable {
        Deferrable::No => "",
        Deferrable::Immediate => " DEFERRABLE",
        Deferrable::Deferred => " DEFERRABLE INITIALLY DEFERRED",
    }
}

/// The same but for having been validated.
pub fn validation_only(from: &Constraint, to: &Constraint) -> bool {
    match (from, to) {
        (Constraint::ForeignKey(from), Constraint::ForeignKey(to)) => {
            from.not_valid && ForeignKey { not_valid: false, ..from.clone() } == *to
        }
        (Constraint::Check(from), Constraint::Check(to)) => {
            from.not_valid && super::Check { not_valid: false, ..from.clone() } == *to
        }
        _ => false,
    }
}

/// The same but for when it is checked, which only foreign keys can change in place.
/// <https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-ALTER-CONSTRAINT>
pub fn deferral_only(from: &Constraint, to: &Constraint) -> bool {
    match (from, to) {
        (Constraint::ForeignKey(from), Constraint::ForeignKey(to)) => {
            ForeignKey { deferrable: to.deferrable, ..from.clone() } == *to
        }
        _ => false,
    }
}

pub fn alter(from: &It<'_>, to: &It<'_>) -> Step {
    let table = to.address.relation_qualified();
    let sql = Sql::new("ALTER TABLE ").raw(&table);
    if let (true, Constraint::ForeignKey(key)) = (deferral_only(from.spec, to.spec), to.spec) {
        let words = match key.deferrable {
            Deferrable::No => " NOT DEFERRABLE",
            Deferrable::Immediate => " DEFERRABLE INITIALLY IMMEDIATE",
            Deferrable::Deferred => " DEFERRABLE INITIALLY DEFERRED",
        };
        let sql = sql.raw(" ALTER CONSTRAINT ").identifier(&to.address.name).raw(words);
        return Step::alter(to.address, "change when it is checked", sql)
            .lock(LockLevel::AccessExclusive, table);
    }
    let sql = sql.raw(" VALIDATE CONSTRAINT ").identifier(&to.address.name);
    Step::alter(to.address, "validate constraint", sql)
        .lock(LockLevel::ShareUpdateExclusive, table)
        .scans()
}

pub fn drop(it: &It<'_>) -> Step {
    let table = it.address.relation_qualified();
    let sql =
        Sql::new("ALTER TABLE ").raw(&table).raw(" DROP CONSTRAINT ").identifier(&it.address.name);
    let mut step = Step::drop(it.address, sql).lock(LockLevel::AccessExclusive, table);
    if let Constraint::ForeignKey(key) = it.spec {
        let (referenced, _) = key.references.as_str().split_once(" (").unwrap_or_default();
        step = step.lock(LockLevel::AccessExclusive, referenced.to_owned());
    }
    step
}
