//! ADD and DROP CONSTRAINT.

use indexmap::IndexMap;

use super::{Constraint, Deferrable, ForeignKey, Key, Match, online};
use crate::kind::{Declared, IndexSettings, leavers_of, primary_key_of};
use crate::model::{Address, Fold, Name, Part, Step, Tag};
use crate::sql::{Fragment, LockLevel, Sql, parse_qualified, quote_identifier};

type It<'a> = Declared<'a, Constraint>;

/// The constraint; then what no clause of it can say of the index behind it.
pub fn create(it: &It<'_>) -> Vec<Step> {
    let mut steps = online::create(it).unwrap_or_else(|| vec![add(it)]);
    if let Some(index) = it.spec.index() {
        if let Constraint::Exclude(_) = it.spec {
            // The clauses would have to stand within the definition.
            let plain =
                IndexSettings { storage: &IndexMap::new(), tablespace: None, clustered: false };
            steps.extend(index.changes(&plain, it.address));
        } else {
            steps.extend(index.cluster(it.address));
        }
    }
    if let Some(first) = steps.first_mut() {
        first.claims.push(leavers_of(&it.address.relation_qualified()));
    }
    steps
}

pub fn add(it: &It<'_>) -> Step {
    let clause = clause(it.spec, &it.address.name);
    let table = it.address.relation_qualified();
    let only = matches!(it.spec, Constraint::PrimaryKey(key) | Constraint::Unique(key) if key.only);
    let words = if only { "ALTER TABLE ONLY " } else { "ALTER TABLE " };
    let sql = Sql::new(words).raw(&table).raw(" ADD ").append(&clause);
    let mut step = Step::create(it.address, sql);
    "add constraint".clone_into(&mut step.title);
    let not_valid = match it.spec {
        Constraint::ForeignKey(key) => {
            step = step
                .lock(LockLevel::ShareRowExclusive, table)
                .lock(LockLevel::ShareRowExclusive, referenced(key));
            key.not_valid || !key.enforced
        }
        Constraint::Check(check) => {
            step = step.lock(LockLevel::AccessExclusive, table);
            check.not_valid || !check.enforced
        }
        _ => {
            step.claims.extend(claims(it));
            step = step.lock(LockLevel::AccessExclusive, table);
            step.builds = !only;
            false
        }
    };
    if !not_valid {
        step.scans = !only;
        // A foreign key stays apart: its table may come before the one it refers to. And CREATE
        // TABLE takes NOT VALID for a slip, since there is nothing to validate.
        if !only && !matches!(it.spec, Constraint::ForeignKey(_)) {
            step.fold = table_address(it.address).map(|into| Fold { into, clause });
        }
    }
    step
}

/// What it takes, beyond its name.
pub fn claims(it: &It<'_>) -> Option<String> {
    let primary = matches!(it.spec, Constraint::PrimaryKey(_));
    primary.then(|| primary_key_of(&it.address.relation_qualified()))
}

/// The table that a foreign key refers to.
pub fn referenced(key: &ForeignKey) -> String {
    let (table, _) = key.references.as_str().split_once(" (").unwrap_or_default();
    table.to_owned()
}

/// The same, as the address that it has among the objects.
pub fn referenced_address(key: &ForeignKey) -> Option<Address> {
    match parse_qualified(key.references.as_str()) {
        Ok((Some(schema), name, _)) => {
            Some(Address::in_schema(Tag("table"), &schema.into(), &name.into()))
        }
        _ => None,
    }
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
            let columns = parse_qualified(key.references.as_str()).map(|(.., columns)| columns);
            if let (Some(target), Ok(columns)) = (referenced_address(key), columns) {
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
pub fn clause(spec: &Constraint, name: &str) -> Sql {
    let mut sql = Sql::default();
    if !name.is_empty() {
        sql = sql.raw("CONSTRAINT ").identifier(name).raw(" ");
    }
    match spec {
        Constraint::PrimaryKey(of) | Constraint::Unique(of) => {
            let primary = matches!(spec, Constraint::PrimaryKey(_));
            let sql = sql.raw(if primary { "PRIMARY KEY" } else { "UNIQUE" });
            spec.index().map_or(sql.clone(), |index| key(sql, of, &index))
        }
        Constraint::ForeignKey(key) => foreign_key(sql, key),
        Constraint::Check(check) => {
            let sql = sql.raw("CHECK (").fragment(&check.expression).raw(")");
            let sql = if check.no_inherit { sql.raw(" NO INHERIT") } else { sql };
            validity(sql, check.not_valid, check.enforced)
        }
        Constraint::Exclude(exclude) => sql.raw("EXCLUDE ").fragment(&exclude.definition),
    }
}

fn key(mut sql: Sql, key: &Key, settings: &IndexSettings<'_>) -> Sql {
    if key.nulls_not_distinct {
        sql = sql.raw(" NULLS NOT DISTINCT");
    }
    sql = sql
        .raw(" (")
        .identifiers(key.columns.iter().map(|name| &**name))
        .raw(if key.without_overlaps { " WITHOUT OVERLAPS)" } else { ")" });
    if !key.include.is_empty() {
        sql = sql.raw(" INCLUDE (").identifiers(key.include.iter().map(|name| &**name)).raw(")");
    }
    sql = sql.raw(&settings.with_clause());
    if let Some(tablespace) = settings.tablespace {
        sql = sql.raw(" USING INDEX TABLESPACE ").identifier(tablespace);
    }
    sql.raw(deferral(key.deferrable))
}

fn foreign_key(sql: Sql, key: &ForeignKey) -> Sql {
    let mut sql = sql
        .raw("FOREIGN KEY (")
        .raw(&with_period(key.columns.iter().map(|name| &**name), key.period))
        .raw(") REFERENCES ")
        .fragment(&references(key));
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
    validity(sql, key.not_valid, key.enforced)
}

/// The columns, the last of which may be a period.
fn with_period<'a>(columns: impl Iterator<Item = &'a str>, period: bool) -> String {
    let mut columns: Vec<String> = columns.map(quote_identifier).collect();
    if let Some(last) = columns.last_mut().filter(|_| period) {
        last.insert_str(0, "PERIOD ");
    }
    columns.join(", ")
}

/// Table and columns referred to; with a period, that is said in the list of columns.
fn references(key: &ForeignKey) -> Fragment {
    match parse_qualified(key.references.as_str()) {
        Ok((schema, table, columns)) if key.period && !columns.is_empty() => {
            let schema = schema.map(|schema| format!("{}.", quote_identifier(&schema)));
            let columns = with_period(columns.iter().map(String::as_str), true);
            let table = quote_identifier(&table);
            let text = format!("{}{table} ({columns})", schema.unwrap_or_default());
            key.references.place().map_or(Fragment::new(&*text), |at| Fragment::at(&*text, at))
        }
        _ => key.references.clone(),
    }
}

/// What is not enforced is not valid either, and need not say so.
fn validity(sql: Sql, not_valid: bool, enforced: bool) -> Sql {
    match (enforced, not_valid) {
        (false, _) => sql.raw(" NOT ENFORCED"),
        (true, true) => sql.raw(" NOT VALID"),
        (true, false) => sql,
    }
}

pub fn deferral(deferrable: Deferrable) -> &'static str {
    match deferrable {
        Deferrable::No => "",
        Deferrable::Immediate => " DEFERRABLE",
        Deferrable::Deferred => " DEFERRABLE INITIALLY DEFERRED",
    }
}

pub fn drop(it: &It<'_>) -> Step {
    let table = it.address.relation_qualified();
    let sql =
        Sql::new("ALTER TABLE ").raw(&table).raw(" DROP CONSTRAINT ").identifier(&it.address.name);
    let mut step = Step::drop(it.address, sql).lock(LockLevel::AccessExclusive, table);
    match it.spec {
        Constraint::ForeignKey(key) => step.lock(LockLevel::AccessExclusive, referenced(key)),
        Constraint::PrimaryKey(_) => {
            step.frees.push(primary_key_of(&it.address.relation_qualified()));
            step
        }
        _ => step,
    }
}
