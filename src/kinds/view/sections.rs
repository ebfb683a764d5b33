//! `[view.…]`

use serde_json::Value;

use super::{Column, View, Views};
use crate::kind::{Entry, FormError, Kind, Section};
use crate::model::{Address, Object};
use crate::sql::Fragment;

pub const SECTIONS: &[Section] = &[Section {
    key: "view",
    within: &[],
    named: true,
    short: Some("query"),
    from_file: Some(("query", "query_file")),
    read,
    write,
}];

fn read(entry: &Entry<'_>) -> Result<Object, FormError> {
    let mut spec: View = entry.form.read()?;
    if !spec.output.is_empty() {
        let message = "the types of a view's columns are those that its query gives";
        return Err(FormError::new("pgconverge::desired::invalid_value", message)
            .help("name the columns with `columns`, and cast them in the query"));
    }
    spec.query = spec.query.without_semicolon();
    Ok(Object::new(Address::in_schema(Views::TAG, entry.schema, entry.name), spec))
}

fn write(object: &Object) -> Option<Value> {
    let view = object.spec.get::<View>()?.clone();
    let column = view.column.into_iter().map(|(name, column)| {
        let default = column.default.as_ref().map(Fragment::idiomatic);
        (name, Column { default, ..column })
    });
    let (column, output) = (column.collect(), indexmap::IndexMap::new());
    let query = view.query.idiomatic();
    serde_json::to_value(View { query, column, output, ..view }).ok()
}
