//! CREATE and DROP TABLE.

use super::attach::Attachment;
use super::column::{Column, Identity};
use super::column_steps::beyond_definition;
use super::inheritance::{effective, names};
use super::moves::{
    bounds_of, detach, detach_plainly, filling_of, growth_of, join, leaves_alone, place_of, retire,
};
use super::not_null;
use super::numbered::numbers;
use super::sequence_steps::serial_sequence;
use super::{Table, inheritance};
use crate::kind::{Declared, checks_of, departures_of, indexes_of, storage};
use crate::model::{Name, Part, Reach, Step};
use crate::sql::{Fragment, LockLevel, Sql};

/// The table with its columns in one statement; row security and the comments of columns after.
pub fn steps(it: &Declared<'_, Table>) -> Vec<Step> {
    let mut steps = match aside(it) {
        Some(steps) => steps,
        None => vec![create(it)],
    };
    if !it.spec.inherits.is_empty() {
        let inherited =
            it.spec.column.iter().filter(|(name, column)| {
                !is_definition(column) && !it.spec.local.0.contains(*name)
            });
        steps.extend(inherited.flat_map(|(name, column)| override_column(it, name, column)));
    }
    if it.spec.row_level_security {
        steps.push(row_security(it, "ENABLE"));
    }
    if it.spec.force_row_level_security {
        steps.push(row_security(it, "FORCE"));
    }
    for (name, column) in &it.spec.column {
        steps.extend(beyond_definition(it, name, column));
    }
    steps
}

fn create(it: &Declared<'_, Table>) -> Step {
    let spec = it.spec;
    let mut sql = Sql::new(if spec.unlogged { "CREATE UNLOGGED TABLE " } else { "CREATE TABLE " })
        .raw(&it.address.qualified());
    let mut opening = None;
    let partition = spec.values.as_ref().zip(it.partition_of);
    if let Some((values, parent)) = partition {
        sql = sql.raw(" PARTITION OF ").raw(&parent.qualified());
        sql = bounds(in_parentheses(sql, &overrides(it)).raw(" "), values);
    } else if let Some(data_type) = &spec.of {
        sql = in_parentheses(sql.raw(" OF ").fragment(data_type), &overrides(it));
    } else {
        sql = sql.raw(" (");
        for (n, definition) in definitions(it).iter().enumerate() {
            sql = sql.raw(if n == 0 { "\n    " } else { ",\n    " }).append(definition);
        }
        opening = Some(sql.len());
        sql = sql.raw("\n)");
    }
    if !spec.inherits.is_empty() {
        sql = sql.raw(" INHERITS (").fragments(&spec.inherits).raw(")");
    }
    let mut step = Step::create(it.address, options(sql, spec));
    step.opening = opening;
    for parent in &spec.inherits {
        step = step.lock(LockLevel::ShareUpdateExclusive, parent.as_str().to_owned());
    }
    if let Some((_, parent)) = partition {
        step = step.lock(LockLevel::AccessExclusive, parent.qualified());
        step.reach = Some(Reach::Joins(parent.clone()));
        step.claims.extend([bounds_of(parent), indexes_of(&parent.qualified()), place_of(parent)]);
        step.frees.extend([growth_of(parent), filling_of(parent)]);
    }
    step
}

/// What follows the columns.
pub fn options(mut sql: Sql, spec: &Table) -> Sql {
    if let Some(key) = &spec.partition_by {
        sql = sql.raw(" PARTITION BY ").fragment(key);
    }
    if let Some(method) = &spec.using {
        sql = sql.raw(" USING ").identifier(method);
    }
    if !spec.storage.is_empty() {
        sql = sql.raw(" WITH (").raw(&storage::list(&spec.storage)).raw(")");
    }
    match &spec.tablespace {
        Some(tablespace) => sql.raw(" TABLESPACE ").identifier(tablespace),
        None => sql,
    }
}

/// A partition of a table that is in use, made like it beside it and then attached: that keeps
/// nobody from reading and writing the table, as CREATE TABLE … PARTITION OF would.
/// <https://www.postgresql.org/docs/current/ddl-partitioning.html#DDL-PARTITIONING-DECLARATIVE-MAINTENANCE>
fn aside(it: &Declared<'_, Table>) -> Option<Vec<Step>> {
    let parent = it.partition_of.filter(|_| it.spec.joins.0 && overrides(it).is_empty())?;
    let theirs = inheritance::parent(it)?;
    let sql = Sql::new(if it.spec.unlogged { "CREATE UNLOGGED TABLE " } else { "CREATE TABLE " })
        .raw(&it.address.qualified())
        .raw(" (LIKE ")
        .raw(&parent.qualified())
        .raw(
            " INCLUDING COMPRESSION INCLUDING CONSTRAINTS INCLUDING DEFAULTS \
             INCLUDING GENERATED INCLUDING STORAGE)",
        );
    // Where the parent puts its partitions.
    let mut spec = it.spec.clone();
    spec.using = spec.using.or_else(|| theirs.using.clone());
    spec.tablespace = spec.tablespace.or_else(|| theirs.tablespace.clone());
    let mut made = Step::create(it.address, options(sql, &spec));
    made.title = "create it like its parent".to_owned();
    made.claims.push(checks_of(&parent.qualified()));
    let mut join = join(it.address, parent, it.spec.values.as_ref()?);
    // It comes as soon as it is made: what its parent gets in between it would lack.
    made.claims.extend(join.claims.iter().filter(|claim| **claim != bounds_of(parent)).cloned());
    if numbers(theirs) {
        // PostgreSQL gives an identity to what is attached, and to nothing below it.
        join.frees.push(place_of(it.address));
    } else {
        join.claims.push(filling_of(it.address));
    }
    join.frees.push(filling_of(parent));
    let joined = Attachment { it, filled: false, step: join }.steps();
    if joined.iter().all(|step| !step.alone) {
        // Nothing about the parent comes between the two, and nothing long while others are out of it.
        made.claims.push(bounds_of(parent));
    }
    Some(std::iter::once(made).chain(joined).collect())
}

/// The columns that are defined here; some of them are inherited as well.
fn definitions(it: &Declared<'_, Table>) -> Vec<Sql> {
    let own = |name: &Name| it.spec.column.get(name).is_some_and(is_definition);
    let names = names(it.spec).into_iter();
    let defined = names.filter(|name| own(name) || it.spec.local.0.contains(name));
    defined.filter_map(|name| Some(definition(&name, &effective(it.spec, &name)?))).collect()
}

/// What cannot be said of an inherited column afterwards makes its definition one of the child's.
fn is_definition(column: &Column) -> bool {
    column.data_type.is_some()
        || column.serial
        || column.identity.is_some()
        || column.generated.is_some()
}

/// What is said of columns whose types are those of a partitioned table or of a composite type.
fn overrides(it: &Declared<'_, Table>) -> Vec<Sql> {
    let bare = |column: &Column| Column { data_type: None, collation: None, ..column.clone() };
    let columns = it.spec.column.iter().map(|(name, column)| (name, bare(column)));
    let said = columns.filter(|(_, column)| {
        column.not_null || column.default.is_some() || column.generated.is_some()
    });
    said.map(|(name, column)| definition(name, &column)).collect()
}

fn in_parentheses(sql: Sql, items: &[Sql]) -> Sql {
    let Some((first, rest)) = items.split_first() else { return sql };
    let sql = sql.raw(" (").append(first);
    rest.iter().fold(sql, |sql, item| sql.raw(", ").append(item)).raw(")")
}

/// `FOR VALUES …` or `DEFAULT`.
pub fn bounds(sql: Sql, values: &Fragment) -> Sql {
    if values.as_str().trim().eq_ignore_ascii_case("default") {
        sql.raw("DEFAULT")
    } else {
        sql.raw("FOR VALUES ").fragment(values)
    }
}

/// A column as CREATE TABLE and ADD COLUMN have it.
pub fn definition(name: &Name, column: &Column) -> Sql {
    let mut sql = Sql::default().identifier(name);
    if let Some(data_type) = &column.data_type {
        sql = sql.raw(" ");
        sql = match column.serial.then(|| serial_type(data_type)).flatten() {
            Some(serial) => sql.raw(serial),
            None => sql.fragment(data_type),
        };
    }
    if let Some(collation) = &column.collation {
        sql = sql.raw(" COLLATE ").fragment(collation);
    }
    sql = sql.append(&not_null::clause(column));
    if let Some(default) = &column.default {
        sql = sql.raw(" DEFAULT ").fragment(default);
    }
    if let Some(expression) = &column.generated {
        sql = sql.raw(" GENERATED ALWAYS AS (").fragment(expression);
        sql = sql.raw(if column.is_virtual { ") VIRTUAL" } else { ") STORED" });
    }
    if let Some(identity) = column.identity {
        sql = sql.raw(" GENERATED ").raw(&identity_clause(identity, column));
    }
    sql
}

/// <https://www.postgresql.org/docs/current/datatype-numeric.html#DATATYPE-SERIAL>
pub fn serial_type(data_type: &Fragment) -> Option<&'static str> {
    match data_type.as_str().trim().to_ascii_lowercase().as_str() {
        "smallint" | "int2" => Some("smallserial"),
        "integer" | "int" | "int4" => Some("serial"),
        "bigint" | "int8" => Some("bigserial"),
        _ => None,
    }
}

/// `ALWAYS AS IDENTITY (START WITH 10)`
pub fn identity_clause(identity: Identity, column: &Column) -> String {
    let mut clause = format!("{} AS IDENTITY", identity_words(identity));
    if let Some(options) = &column.sequence {
        let name = options.name.iter().map(|name| format!("SEQUENCE NAME {name}"));
        let clauses: Vec<String> = name.chain(options.clauses()).collect();
        clause.push_str(&format!(" ({})", clauses.join(" ")));
    }
    clause
}

pub fn identity_words(identity: Identity) -> &'static str {
    match identity {
        Identity::Always => "ALWAYS",
        Identity::ByDefault => "BY DEFAULT",
    }
}

/// What an inherited column has otherwise than the parent's.
fn override_column(it: &Declared<'_, Table>, name: &Name, column: &Column) -> Vec<Step> {
    let alter = |action: Sql, title: String| {
        let sql = Sql::new("ALTER TABLE ")
            .raw(&it.address.qualified())
            .raw(" ALTER COLUMN ")
            .identifier(name)
            .append(&action);
        Step::alter(it.address, title, sql)
    };
    let mut steps = Vec::new();
    if let Some(default) = &column.default {
        steps.push(alter(
            Sql::new(" SET DEFAULT ").fragment(default),
            format!("set the default of {name}"),
        ));
    }
    if column.not_null {
        steps.push(alter(Sql::new(" SET NOT NULL"), format!("make {name} not null")));
    }
    steps
}

pub fn row_security(it: &Declared<'_, Table>, action: &str) -> Step {
    let sql = Sql::new("ALTER TABLE ")
        .raw(&it.address.qualified())
        .raw(&format!(" {action} ROW LEVEL SECURITY"));
    Step::alter(it.address, format!("{} row level security", action.to_lowercase()), sql)
        .lock(LockLevel::AccessExclusive, it.address.qualified())
}

pub fn comment(it: &Declared<'_, Table>, name: &Name, column: &Column) -> Step {
    let sql = Sql::new("COMMENT ON COLUMN ")
        .raw(&it.address.qualified())
        .raw(".")
        .identifier(name)
        .raw(" IS ");
    let sql = match &column.comment {
        Some(comment) => sql.literal(comment),
        None => sql.raw("NULL"),
    };
    Step::alter(it.address, format!("comment on {name}"), sql)
        .lock(LockLevel::ShareUpdateExclusive, it.address.qualified())
        .makes(Part::column(it.address, name))
}

pub fn drop(it: &Declared<'_, Table>) -> Vec<Step> {
    let sql = Sql::new("DROP TABLE ").raw(&it.address.qualified());
    let mut step =
        Step::drop(it.address, sql).lock(LockLevel::AccessExclusive, it.address.qualified());
    step = step.loses_of_every_row(format!("every row of {}", it.address.qualified()));
    let alone = it.spec.retired.0.is_none() && leaves_alone(it);
    let within = it.spec.retired.0.is_none() && !it.spec.detaching && !alone;
    if let Some(parent) = it.partition_of.filter(|_| within) {
        step = step.lock(LockLevel::AccessExclusive, parent.qualified());
        step.reach = Some(Reach::Leaves(parent.clone()));
        step.frees.push(departures_of(&parent.qualified()));
    }
    let mut steps: Vec<Step> = Vec::new();
    if let Some(mark) = &it.spec.retired.0 {
        step.ruled = true;
        steps = retire(it, mark);
        // What is on it goes after a detach that is finished first.
        let ends = steps.iter_mut().filter(|step| !step.before_all.contains(it.address));
        ends.for_each(|step| step.unmakes.push(Part::whole(it.address)));
    }
    // PostgreSQL takes a foreign key of its parent for one of its own, unless it has left. What was begun is
    // ended, for the sake of whatever else happens to it and its parent.
    let leaves = it.spec.retired.0.is_none() && (it.spec.referred.0 || it.spec.detaching || alone);
    let leaves = it.partition_of.filter(|_| leaves);
    if let Some(parent) = leaves {
        let mut out = if alone { detach(it, parent) } else { detach_plainly(it, parent) };
        let left = format!("leave of {}", it.address.qualified());
        out.frees.extend([left.clone(), bounds_of(parent)]);
        step.claims.push(left);
        steps.push(out);
        step.reach = Some(Reach::Left(parent.clone()));
    }
    let serials = it.spec.column.iter().filter(|(_, column)| column.serial);
    step.frees.extend(serials.map(|(name, _)| format!("relation {}", serial_sequence(it, name))));
    if steps.is_empty() {
        step.frees.extend(it.partition_of.map(bounds_of));
    }
    steps.push(step);
    steps
}
