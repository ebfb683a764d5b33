//! `statistics` under a relation, or at the top of a file.

use serde_json::Value;

use super::{Statistics, StatisticsObjects};
use crate::kind::{Entry, FormError, Kind, Section};
use crate::model::{Address, Object, Tag};
use crate::sql::{Fragment, parse_qualified};

pub const SECTIONS: &[Section] = &[
    Section {
        key: "statistics",
        within: &[Tag("table"), Tag("materialized_view"), Tag("foreign_table")],
        named: true,
        short: Some("columns"),
        from_file: None,
        read: read_nested,
        write: |object| write(object, true),
    },
    Section {
        key: "statistics",
        within: &[],
        named: true,
        short: None,
        from_file: None,
        read: read_apart,
        write: |object| write(object, false),
    },
];

fn read_nested(entry: &Entry<'_>) -> Result<Object, FormError> {
    let spec = read(entry)?;
    if let Some(on) = &spec.on {
        return Err(invalid("statistics that nest under a relation are on that", on));
    }
    Ok(Object::new(entry.on_relation(StatisticsObjects::TAG), spec))
}

fn read_apart(entry: &Entry<'_>) -> Result<Object, FormError> {
    let spec = read(entry)?;
    let nest = "nest statistics in the schema of their relation under that: [table.t.statistics]";
    let Some(on) = &spec.on else {
        let message = format!("statistics {} have no `on`", entry.name);
        return Err(FormError::new("pgconverge::desired::missing_key", message).help(nest));
    };
    match parse_qualified(on.as_str()) {
        Ok((Some(schema), _, _)) if *schema != **entry.schema => {}
        _ => return Err(invalid("`on` is not a relation of another schema", on).help(nest)),
    }
    let address = Address::in_schema(StatisticsObjects::TAG, entry.schema, entry.name);
    Ok(Object::new(address, spec))
}

fn read(entry: &Entry<'_>) -> Result<Statistics, FormError> {
    let mut spec: Statistics = entry.form.read()?;
    spec.kinds.sort();
    spec.kinds.dedup();
    if spec.kinds.len() == 3 {
        spec.kinds.clear();
    }
    Ok(spec)
}

fn invalid(message: &str, at: &Fragment) -> FormError {
    let error = FormError::new("pgconverge::desired::invalid_value", message);
    at.place().map_or(error.clone(), |place| error.or_at(place))
}

fn write(object: &Object, nested: bool) -> Option<Value> {
    (object.address.relation.is_some() == nested).then(|| object.spec.tree())
}
