//! Steps about the sequences behind serial and identity columns.

use super::Table;
use super::alter::alter;
use super::column::Column;
use super::create::serial_type;
use super::numbered::identity_of;
use crate::kind::Declared;
use crate::model::{Address, Name, Part, Step, Tag};
use crate::sql::{LockLevel, Sql, quote_identifier, quote_literal};

type It<'a> = Declared<'a, Table>;

/// What `serial` would have made, for a column that is there.
pub fn make_serial(it: &It<'_>, name: &Name, column: &Column) -> Vec<Step> {
    let sequence = serial_sequence(it, name);
    let part = Part::column(it.address, name);
    let data_type = sequence_type(column);
    let owner = format!("{}.{name}", it.address.qualified());
    let create = Sql::new("CREATE SEQUENCE ")
        .raw(&sequence)
        .raw(&format!(" AS {data_type} OWNED BY {owner}"));
    let action = Sql::new("ALTER COLUMN ")
        .identifier(name)
        .raw(" SET DEFAULT nextval(")
        .literal(&sequence)
        .raw("::regclass)");
    let mut create = Step::alter(it.address, format!("create the sequence of {name}"), create)
        .makes(part.clone());
    create.claims.push(format!("relation {sequence}"));
    let mut steps = vec![
        create,
        continue_after_rows(it, name),
        alter(it, format!("feed {name} from its sequence"), &action).makes(part),
    ];
    // A sequence of that name that is there already, and is another object, has to go first.
    if let Some(schema) = &it.address.schema {
        let other = format!("{}_{}_seq", &*it.address.name, &**name);
        let other = Address::in_schema(Tag("sequence"), schema, &other.into());
        for step in &mut steps {
            step.without.push(other.clone());
        }
    }
    steps
}

pub fn sequence_type(column: &Column) -> &'static str {
    match column.data_type.as_ref().and_then(serial_type) {
        Some("smallserial") => "smallint",
        Some("serial") => "integer",
        _ => "bigint",
    }
}

/// Options of the sequence behind an identity column; its name goes first.
pub fn identity_options(it: &It<'_>, name: &Name, old: &Column, new: &Column) -> Vec<Step> {
    let part = Part::column(it.address, name);
    let (old, new) =
        (old.sequence.clone().unwrap_or_default(), new.sequence.clone().unwrap_or_default());
    let usual = Name::from(format!("{}_{}_seq", &*it.address.name, &**name));
    let mut steps = Vec::new();
    if old.name != new.name {
        let schema = it.address.schema.as_ref().map_or("", |schema| schema);
        let sql = Sql::new("ALTER SEQUENCE ")
            .identifier(schema)
            .raw(".")
            .identifier(old.name.as_ref().unwrap_or(&usual))
            .raw(" RENAME TO ")
            .identifier(new.name.as_ref().unwrap_or(&usual));
        let title = format!("rename the sequence of {name}");
        let old = old.name.as_ref().unwrap_or(&usual);
        steps.push(
            Step::alter(it.address, title, sql)
                .lock(
                    LockLevel::AccessExclusive,
                    format!("{}.{}", quote_identifier(schema), quote_identifier(old)),
                )
                .makes(part.clone()),
        );
    }
    let schema = it.address.schema.as_ref().map(|schema| format!("{schema}.")).unwrap_or_default();
    let sequence = format!("{schema}{}", new.name.as_ref().unwrap_or(&usual));
    if let Some(fit) = new.fit(&old, &sequence) {
        let title = format!("bring the position of {name}'s sequence within the new bounds");
        steps.push(Step::alter(it.address, title, fit).makes(part.clone()));
    }
    let changes = new.changes(&old);
    if !changes.is_empty() {
        // RESTART is an action of its own, not an option to be SET.
        let set = |change: &String| match change.as_str() {
            "RESTART" => change.clone(),
            _ => format!("SET {change}"),
        };
        let set: Vec<String> = changes.iter().map(set).collect();
        let action = Sql::new("ALTER COLUMN ").identifier(name).raw(" ").raw(&set.join(" "));
        let mut step = alter(it, format!("change the sequence of {name}"), &action).makes(part);
        step.claims.push(identity_of(it.address));
        steps.push(step);
    }
    steps
}

/// A new sequence must not hand out values that rows have already.
pub fn continue_after_rows(it: &It<'_>, name: &Name) -> Step {
    let column = quote_identifier(name);
    let table = it.address.qualified();
    let sql = Sql::new("SELECT setval(pg_get_serial_sequence(")
        .literal(&table)
        .raw(", ")
        .literal(name)
        .raw(&format!("), coalesce(max({column}), 0) + 1, false) FROM {table}"));
    Step::alter(it.address, format!("start {name}'s sequence after the rows there are"), sql)
        .makes(Part::column(it.address, name))
        .scans()
}

pub fn serial_sequence(it: &It<'_>, column: &Name) -> String {
    let sequence = quote_identifier(&format!("{}_{}_seq", &*it.address.name, &**column));
    match &it.address.schema {
        Some(schema) => format!("{schema}.{sequence}"),
        None => sequence,
    }
}

/// The sequence that is a part of a serial or identity column.
pub fn sequence_of(it: &It<'_>, name: &Name) -> Option<String> {
    let column = it.spec.column.get(name)?;
    if column.serial {
        return Some(serial_sequence(it, name));
    }
    column.identity?;
    let usual = || Name::from(format!("{}_{}_seq", &*it.address.name, &**name));
    let own = column.sequence.as_ref().and_then(|options| options.name.clone());
    let sequence = quote_identifier(&own.unwrap_or_else(usual));
    Some(format!("{}.{sequence}", quote_identifier(it.address.schema.as_ref()?)))
}

/// The default of a serial column, as the server spells it.
pub fn serial_default(table: &Address, column: &Name) -> String {
    let sequence = quote_identifier(&format!("{}_{}_seq", &*table.name, &**column));
    let schema = table.schema.as_ref().map(|schema| format!("{schema}.")).unwrap_or_default();
    format!("nextval({}::regclass)", quote_literal(&format!("{schema}{sequence}")))
}
