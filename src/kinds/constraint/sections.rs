//! `primary_key`, `unique`, `foreign_key`, `check` and `exclude` under a table.

use serde_json::Value;

use super::{Check, Constraint, Constraints, ForeignKey, Key};
use crate::kind::{Entry, FormError, Kind, Section};
use crate::model::{Name, Object, Tag};
use crate::sql::{Fragment, parse_qualified};

const TABLE: &[Tag] = &[Tag("table")];

pub const SECTIONS: &[Section] = &[
    Section {
        key: "primary_key",
        within: TABLE,
        named: false,
        short: Some("columns"),
        from_file: None,
        read: |entry| object(entry, Constraint::PrimaryKey(entry.form.read()?)),
        write: |object| match object.spec.get()? {
            Constraint::PrimaryKey(key) => write_primary_key(object, key),
            _ => None,
        },
    },
    Section {
        key: "unique",
        within: TABLE,
        named: true,
        short: Some("columns"),
        from_file: None,
        read: |entry| object(entry, Constraint::Unique(entry.form.read()?)),
        write: |object| match object.spec.get()? {
            Constraint::Unique(key) => serde_json::to_value(key).ok(),
            _ => None,
        },
    },
    Section {
        key: "foreign_key",
        within: TABLE,
        named: true,
        short: None,
        from_file: None,
        read: read_foreign_key,
        write: write_foreign_key,
    },
    Section {
        key: "check",
        within: &[Tag("table"), Tag("foreign_table")],
        named: true,
        short: Some("expression"),
        from_file: None,
        read: |entry| object(entry, Constraint::Check(entry.form.read()?)),
        write: |object| match object.spec.get()? {
            Constraint::Check(check) => {
                let expression = check.expression.idiomatic();
                serde_json::to_value(Check { expression, ..check.clone() }).ok()
            }
            _ => None,
        },
    },
    Section {
        key: "exclude",
        within: TABLE,
        named: true,
        short: Some("definition"),
        from_file: None,
        read: |entry| object(entry, Constraint::Exclude(entry.form.read()?)),
        write: |object| match object.spec.get()? {
            Constraint::Exclude(exclude) => serde_json::to_value(exclude).ok(),
            _ => None,
        },
    },
];

fn object(entry: &Entry<'_>, mut spec: Constraint) -> Result<Object, FormError> {
    let invalid = |message: &str| FormError::new("pgconverge::desired::invalid_value", message);
    match &mut spec {
        Constraint::PrimaryKey(Key { clustered: true, .. }) if entry.name.is_empty() => {
            return Err(invalid("a key with `clustered` needs a `name`"));
        }
        Constraint::ForeignKey(ForeignKey { enforced: false, not_valid, .. })
        | Constraint::Check(Check { enforced: false, not_valid, .. }) => *not_valid = false,
        _ => {}
    }
    let address = entry.on_relation(Constraints::TAG);
    let mut object = Object::new(address, spec);
    object.any_name = entry.name.is_empty();
    Ok(object)
}

/// The name, which may be left out otherwise, has to be known before the key is there.
fn write_primary_key(object: &Object, key: &Key) -> Option<Value> {
    let mut value = serde_json::to_value(key).ok()?;
    if key.clustered {
        value.as_object_mut()?.insert("name".to_owned(), Value::from(&*object.address.name));
    }
    Some(value)
}

/// The schema of the table referred to is the file's own unless given, as for every name in a
/// file.
fn read_foreign_key(entry: &Entry<'_>) -> Result<Object, FormError> {
    let mut key: ForeignKey = entry.form.read()?;
    let place = key.references.place();
    let (schema, table, columns) = parse_qualified(key.references.as_str()).map_err(|error| {
        let error = FormError::new("pgconverge::desired::invalid_value", error.to_string())
            .help("write it as in SQL: \"companies (id)\", or \"other_schema.companies (id)\"");
        place.map_or(error.clone(), |place| error.or_at(place))
    })?;
    let schema = schema.map_or_else(|| entry.schema.clone(), Name::from);
    let columns = crate::sql::identifier_list(columns.iter().map(String::as_str));
    let columns = if columns.is_empty() { columns } else { format!(" ({columns})") };
    let text = format!("{schema}.{}{columns}", Name::from(table));
    key.references = match place {
        Some(place) => Fragment::at(text, place),
        None => Fragment::new(text),
    };
    object(entry, Constraint::ForeignKey(key))
}

fn write_foreign_key(object: &Object) -> Option<Value> {
    let Constraint::ForeignKey(key) = object.spec.get()? else {
        return None;
    };
    let mut key = key.clone();
    let own = format!("{}.", object.address.schema.as_ref()?);
    if let Some(local) = key.references.as_str().strip_prefix(&own) {
        key.references = Fragment::new(local);
    }
    serde_json::to_value(key).ok()
}
