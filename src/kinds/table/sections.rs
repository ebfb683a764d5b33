//! `[table.…]`, and `partition` under it.

use serde_json::Value;

use super::column::Column;
use super::create::serial_type;
use super::{Partitions, Table, Tables};
use crate::kind::{Entry, FormError, Kind, Section, shorten};
use crate::model::{Address, Name, Object};
use crate::sql::{Fragment, idiomatic_default, parse_qualified, short_type};

pub const SECTIONS: &[Section] = &[
    Section {
        key: "table",
        within: &[],
        named: true,
        short: None,
        from_file: None,
        read: read_table,
        write: |object| write(object, false),
    },
    Section {
        key: "partition",
        within: &[Tables::TAG],
        named: true,
        short: Some("values"),
        from_file: None,
        read: read_partition,
        write: |object| write(object, true),
    },
];

fn read_table(entry: &Entry<'_>) -> Result<Object, FormError> {
    let mut spec: Table = entry.form.read()?;
    if let Some(values) = &spec.values {
        return Err(invalid("a table at the top of a file is no partition", Some(values))
            .help("nest it under its parent: [table.parent.partition.name]"));
    }
    if spec.schema.is_some() {
        return Err(invalid("the schema of a table is its file's", None)
            .help("write schema = \"…\" at the top of the file"));
    }
    for parent in &mut spec.inherits {
        *parent = qualified(parent, entry)?;
    }
    if spec.of.is_some() && !spec.inherits.is_empty() {
        return Err(invalid("a table with `of` inherits from no other", spec.of.as_ref()));
    }
    for (name, column) in &spec.column {
        check_column(name, column)?;
        let elsewhere = spec.of.is_some()
            || (!spec.inherits.is_empty() && is_beside(column) && column.generated.is_none());
        if spec.of.is_some() && column.data_type.is_some() {
            return Err(invalid(
                &format!("column {name} of a table with `of` has the type that it has there"),
                column.data_type.as_ref(),
            ));
        }
        if column.data_type.is_none() && !elsewhere {
            return Err(FormError::new(
                "pgconverge::desired::missing_key",
                format!("column {name} has no `type`"),
            ));
        }
    }
    if spec.partitions.is_some() && spec.partition_by.is_none() {
        return Err(invalid("`partitions` needs a table with `partition_by`", None));
    }
    if let Some(Partitions::Window(window)) = &spec.partitions {
        window.check(&spec)?;
    }
    Ok(Object::new(Address::in_schema(Tables::TAG, entry.schema, entry.name), spec))
}

fn read_partition(entry: &Entry<'_>) -> Result<Object, FormError> {
    let mut spec: Table = entry.form.read()?;
    if spec.values.is_none() {
        return Err(FormError::new(
            "pgconverge::desired::missing_key",
            format!("partition {} has no `values`", entry.name),
        )
        .help("write its bounds as in CREATE TABLE … PARTITION OF … FOR VALUES, or DEFAULT"));
    }
    if spec.detaching {
        return Err(invalid("nobody wants a partition to be half detached", None)
            .help("leave `detaching` out"));
    }
    if !spec.inherits.is_empty() || spec.of.is_some() {
        return Err(invalid("a partition has neither `inherits` nor `of`", spec.of.as_ref()));
    }
    for (name, column) in &spec.column {
        check_column(name, column)?;
        // Everything else is the parent's.
        if column.data_type.is_some() || column.identity.is_some() || !is_beside(column) {
            return Err(invalid(
                &format!(
                    "column {name} of a partition has the type, collation and identity of its \
                     parent's"
                ),
                column.data_type.as_ref(),
            ));
        }
    }
    let schema = spec.schema.take().unwrap_or_else(|| entry.schema.clone());
    let mut object = Object::new(Address::in_schema(Tables::TAG, &schema, entry.name), spec);
    object.partition_of = entry.parent.cloned();
    Ok(object)
}

/// Whether it can be said of a column that is defined elsewhere.
fn is_beside(column: &Column) -> bool {
    column.collation.is_none() && !column.serial && column.identity.is_none()
}

/// A table's schema is the file's own unless given, as for every name in a file.
fn qualified(name: &Fragment, entry: &Entry<'_>) -> Result<Fragment, FormError> {
    let (schema, table, columns) = parse_qualified(name.as_str()).unwrap_or_default();
    if table.is_empty() || !columns.is_empty() {
        let help = "write it as in SQL: \"events\", or \"other_schema.events\"";
        return Err(invalid(&format!("`{name}` is no name of a table"), Some(name)).help(help));
    }
    let schema = schema.map_or_else(|| entry.schema.clone(), Name::from);
    let text = format!("{schema}.{}", Name::from(table));
    Ok(match name.place() {
        Some(place) => Fragment::at(text, place),
        None => Fragment::new(text),
    })
}

fn check_column(name: &str, column: &Column) -> Result<(), FormError> {
    let data_type = column.data_type.as_ref();
    let sources = [
        column.serial,
        column.identity.is_some(),
        column.generated.is_some(),
        column.default.is_some(),
    ];
    if sources.iter().filter(|set| **set).count() > 1 {
        return Err(invalid(
            &format!(
                "column {name} can have only one of `default`, `serial`, `identity` and `generated`"
            ),
            data_type,
        ));
    }
    if column.is_virtual && column.generated.is_none() {
        return Err(invalid(&format!("column {name} is `virtual` and not `generated`"), data_type));
    }
    if column.sequence.is_some() && column.identity.is_none() {
        return Err(invalid(
            &format!("column {name} has `sequence` without `identity`"),
            data_type,
        ));
    }
    if column.serial && data_type.is_some_and(|data_type| serial_type(data_type).is_none()) {
        return Err(invalid(
            &format!("column {name} is serial and so must be smallint, integer or bigint"),
            data_type,
        ));
    }
    Ok(())
}

fn invalid(message: &str, at: Option<&Fragment>) -> FormError {
    let error = FormError::new("pgconverge::desired::invalid_value", message);
    match at.and_then(Fragment::place) {
        Some(place) => error.or_at(place),
        None => error,
    }
}

fn write(object: &Object, partition: bool) -> Option<Value> {
    let mut spec: Table = object.spec.get::<Table>()?.clone();
    if object.partition_of.is_some() != partition {
        return None;
    }
    (spec.detaching, spec.without_identity) = (false, false);
    let parent_schema = object.partition_of.as_ref().map(|parent| &parent.schema);
    if parent_schema.is_some_and(|schema| *schema != object.address.schema) {
        spec.schema.clone_from(&object.address.schema);
    }
    let schema = format!("{}.", object.address.schema.as_ref()?);
    for parent in &mut spec.inherits {
        // Without its schema, where that is the file's.
        if let Some(name) = parent.as_str().strip_prefix(&schema) {
            *parent = Fragment::new(name);
        }
    }
    let schema = object.address.schema.as_deref();
    for column in spec.column.values_mut() {
        if let Some(data_type) = &column.data_type {
            if let Some(default) = &column.default {
                let default = idiomatic_default(default.as_str(), data_type.as_str());
                column.default = Some(Fragment::new(default));
            }
            column.data_type = Some(Fragment::new(short_type(data_type.as_str(), schema)));
        }
        column.generated = column.generated.as_ref().map(Fragment::idiomatic);
        // Implied by the other two, in PostgreSQL as in a file.
        let usual = column.particular_not_null.is_none();
        if usual && (column.serial || column.identity.is_some()) {
            column.not_null = false;
        }
        if spec.of.is_some() {
            (column.data_type, column.collation) = (None, None);
        }
    }
    spec.column.retain(|_, column| *column != Column::default());
    let mut value = serde_json::to_value(spec).ok()?;
    shorten(&mut value, "column", "type");
    Some(value)
}
