//! ALTER TABLE: from one table to the other, column by column.

use super::Table;
use super::column::{Column, must_recreate, retyped};
use super::create::{
    comment, definition, identity_clause, identity_words, row_security, serial_type,
    storage_parameter,
};
use super::retype::{self, Conversion};
use crate::kind::{Declared, Release};
use crate::model::{Address, Name, Part, Step, Tag};
use crate::sql::{LockLevel, Sql, quote_identifier};

type It<'a> = Declared<'a, Table>;

/// Columns that go, columns that come, columns that change, then what is the table's own.
pub fn steps(from: &It<'_>, to: &It<'_>) -> Vec<Step> {
    let mut steps = Vec::new();
    let (old, new) = (&from.spec.column, &to.spec.column);
    for (name, column) in old {
        match new.get(name) {
            None if to.spec.values.is_some() => {
                steps.extend(changes(to, name, column, &Column::default()));
            }
            None => steps.push(drop_column(to, name, column)),
            Some(target) if must_recreate(column, target) => {
                steps.push(drop_column(to, name, column));
                steps.extend(added(to, name, target));
            }
            Some(target) => steps.extend(changes(to, name, column, target)),
        }
    }
    for (name, column) in new {
        if !old.contains_key(name) {
            if to.spec.values.is_some() {
                steps.extend(changes(to, name, &Column::default(), column));
            } else {
                steps.extend(added(to, name, column));
            }
        }
    }
    steps.extend(own(from, to));
    steps
}

fn alter(it: &It<'_>, title: String, action: &Sql) -> Step {
    let sql = Sql::new("ALTER TABLE ").raw(&it.address.qualified()).raw(" ").append(action);
    Step::alter(it.address, title, sql).lock(LockLevel::AccessExclusive, it.address.qualified())
}

fn add_column(it: &It<'_>, name: &Name, column: &Column) -> Step {
    let action = Sql::new("ADD COLUMN ").append(&definition(name, column));
    let step =
        alter(it, format!("add column {name}"), &action).makes(Part::column(it.address, name));
    // A stored value for each row; a plain default is kept in the catalog since version 11, and
    // whether it is plain only the server knows.
    // https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES
    if column.serial || column.identity.is_some() || column.generated.is_some() {
        step.rewrites()
    } else {
        step
    }
}

fn drop_column(it: &It<'_>, name: &Name, column: &Column) -> Step {
    let action = Sql::new("DROP COLUMN ").identifier(name);
    let step =
        alter(it, format!("drop column {name}"), &action).unmakes(Part::column(it.address, name));
    if column.generated.is_some() {
        step
    } else {
        step.loses(format!("every value of {}.{name}", it.address.qualified()))
    }
}

fn changes(it: &It<'_>, name: &Name, old: &Column, new: &Column) -> Vec<Step> {
    let column = Part::column(it.address, name);
    let act = |title: String, action: Sql| {
        let action = Sql::new("ALTER COLUMN ").identifier(name).raw(" ").append(&action);
        alter(it, title, &action).makes(column.clone())
    };
    let mut steps = Vec::new();
    let retype = retyped(old, new) && new.data_type.is_some();
    // A sequence does not follow its column's type by itself.
    let sequence_follows = retype && old.serial && new.serial;
    if old.generated.is_some() && new.generated.is_none() {
        steps.push(act(format!("keep the values of {name}"), Sql::new("DROP EXPRESSION")));
    }
    if old.identity.is_some() && new.identity.is_none() {
        steps.push(
            act(format!("make {name} no identity column"), Sql::new("DROP IDENTITY"))
                .loses(format!("the position of {name}'s sequence")),
        );
    }
    // A default is converted like the values; one that cannot be steps aside.
    let default_aside = retype && !conversion(old, new).assigned;
    let default_goes = old.default.is_some() && (new.default.is_none() || default_aside);
    if default_goes || (old.serial && !new.serial) {
        steps.push(act(format!("drop the default of {name}"), Sql::new("DROP DEFAULT")));
    }
    if old.serial && !new.serial {
        let sql = Sql::new("DROP SEQUENCE ").raw(&serial_sequence(it, name));
        let mut step = Step::alter(it.address, format!("drop the sequence of {name}"), sql)
            .makes(column.clone())
            .loses(format!("the position of {name}'s sequence"));
        step.frees.push(format!("relation {}", serial_sequence(it, name)));
        steps.push(step);
    }
    if retype {
        steps.push(change_type(it, name, old, new));
    }
    if sequence_follows {
        let sql = Sql::new("ALTER SEQUENCE ")
            .raw(&serial_sequence(it, name))
            .raw(&format!(" AS {}", sequence_type(new)));
        let title = format!("change the type of {name}'s sequence");
        steps.push(Step::alter(it.address, title, sql).makes(column.clone()));
    }
    if old.not_null && !new.not_null {
        // Not while a primary key holds on to the column.
        let step = act(format!("make {name} nullable"), Sql::new("DROP NOT NULL"));
        steps.push(step.unmakes(column.clone()));
    }
    if let Some(default) = &new.default
        && (old.default != new.default || default_aside)
    {
        let action = Sql::new("SET DEFAULT ").fragment(default);
        steps.push(act(format!("set the default of {name}"), action));
    }
    if !old.not_null && new.not_null {
        steps.push(act(format!("make {name} not null"), Sql::new("SET NOT NULL")).scans());
    }
    if new.serial && !old.serial {
        steps.extend(make_serial(it, name, new));
    }
    match (old.identity, new.identity) {
        (None, Some(identity)) => {
            let action = Sql::new("ADD GENERATED ").raw(&identity_clause(identity, new));
            steps.push(act(format!("make {name} an identity column"), action));
            steps.push(continue_after_rows(it, name));
        }
        (Some(before), Some(after)) => {
            if before != after {
                let action = Sql::new("SET GENERATED ").raw(identity_words(after));
                steps.push(act(format!("change when {name} is generated"), action));
            }
            steps.extend(identity_options(it, name, old, new));
        }
        _ => {}
    }
    if old.comment != new.comment {
        steps.push(comment(it, name, new));
    }
    steps
}

fn conversion(old: &Column, new: &Column) -> Conversion {
    match (&old.data_type, &new.data_type) {
        (Some(from), Some(to)) => retype::conversion(from, to),
        _ => Conversion { assigned: true, lossy: false, rewrites: true },
    }
}

fn change_type(it: &It<'_>, name: &Name, old: &Column, new: &Column) -> Step {
    let mut action = Sql::new("ALTER COLUMN ").identifier(name).raw(" TYPE ");
    let conversion = conversion(old, new);
    if let Some(to) = &new.data_type {
        action = action.fragment(to);
        if let Some(collation) = &new.collation {
            action = action.raw(" COLLATE ").fragment(collation);
        }
        if !conversion.assigned {
            action = action.raw(" USING ").identifier(name).raw("::").fragment(to);
        }
    }
    let mut step = alter(it, format!("change the type of {name}"), &action)
        .unmakes(Part::column(it.address, name))
        .makes(Part::column(it.address, name));
    step.rewrites = conversion.rewrites;
    match &new.data_type {
        Some(data_type) if conversion.lossy => {
            step.loses(format!("what {data_type} cannot hold of {}.{name}", it.address.qualified()))
        }
        _ => step,
    }
}

/// What `serial` would have made, for a column that is there.
fn make_serial(it: &It<'_>, name: &Name, column: &Column) -> Vec<Step> {
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
fn identity_options(it: &It<'_>, name: &Name, old: &Column, new: &Column) -> Vec<Step> {
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
        steps.push(Step::alter(it.address, title, sql).makes(part.clone()));
    }
    let schema = it.address.schema.as_ref().map(|schema| format!("{schema}.")).unwrap_or_default();
    let sequence = format!("{schema}{}", new.name.as_ref().unwrap_or(&usual));
    if let Some(lift) = new.lift(&old, &sequence) {
        let title = format!("lift the position of {name}'s sequence to the new minimum");
        steps.push(Step::alter(it.address, title, lift).makes(part.clone()));
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
        steps.push(alter(it, format!("change the sequence of {name}"), &action).makes(part));
    }
    steps
}

/// A new sequence must not hand out values that rows have already.
fn continue_after_rows(it: &It<'_>, name: &Name) -> Step {
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

/// What is the table's and no column's.
fn own(from: &It<'_>, to: &It<'_>) -> Vec<Step> {
    let (old, new) = (from.spec, to.spec);
    let mut steps = Vec::new();
    if old.unlogged != new.unlogged {
        let action = if new.unlogged { "SET UNLOGGED" } else { "SET LOGGED" };
        steps.push(alter(to, action.to_lowercase(), &Sql::new(action)).rewrites());
    }
    let set: Vec<String> = new
        .storage
        .iter()
        .filter(|(name, value)| old.storage.get(*name) != Some(*value))
        .map(|(name, value)| storage_parameter(name, value))
        .collect();
    let reset: Vec<&str> = old
        .storage
        .keys()
        .filter(|name| !new.storage.contains_key(*name))
        .map(String::as_str)
        .collect();
    for (word, list) in [("SET", set.join(", ")), ("RESET", reset.join(", "))] {
        if !list.is_empty() {
            let action = Sql::new(word).raw(" (").raw(&list).raw(")");
            steps.push(alter(to, "change storage parameters".to_owned(), &action));
        }
    }
    let security = [
        (old.row_level_security, new.row_level_security, "ENABLE", "DISABLE"),
        (old.force_row_level_security, new.force_row_level_security, "FORCE", "NO FORCE"),
    ];
    for (old, new, on, off) in security {
        if old != new {
            steps.push(row_security(to, if new { on } else { off }));
        }
    }
    steps
}

/// A default steps aside while what it calls is replaced; a generated column is made anew, which
/// loses nothing, since its values follow from others.
pub fn release(it: &It<'_>, name: &Name) -> Option<Release> {
    let column = it.spec.column.get(name)?;
    let part = Part::column(it.address, name);
    if let Some(default) = &column.default {
        let action =
            |words: Sql| Sql::new("ALTER COLUMN ").identifier(name).raw(" ").append(&words);
        let aside =
            alter(it, format!("drop the default of {name}"), &action(Sql::new("DROP DEFAULT")));
        let back = alter(
            it,
            format!("set the default of {name}"),
            &action(Sql::new("SET DEFAULT ").fragment(default)),
        );
        return Some(Release {
            recreates: false,
            aside: vec![aside.unmakes(part.clone())],
            back: vec![back.makes(part)],
        });
    }
    column.generated.as_ref()?;
    Some(Release {
        recreates: true,
        aside: vec![drop_column(it, name, column)],
        back: added(it, name, column),
    })
}

/// A column with its comment.
fn added(it: &It<'_>, name: &Name, column: &Column) -> Vec<Step> {
    let comment = column.comment.is_some().then(|| comment(it, name, column));
    std::iter::once(add_column(it, name, column)).chain(comment).collect()
}
