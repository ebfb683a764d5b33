//! `[materialized_view.…]`

use indexmap::IndexMap;
use serde_json::Value;

use super::{MaterializedView, MaterializedViews};
use crate::kind::{Entry, FormError, Kind, Section};
use crate::model::{Address, Object};

pub const SECTIONS: &[Section] = &[Section {
    key: "materialized_view",
    within: &[],
    named: true,
    short: Some("query"),
    from_file: Some(("query", "query_file")),
    read,
    write,
}];

fn read(entry: &Entry<'_>) -> Result<Object, FormError> {
    let mut spec: MaterializedView = entry.form.read()?;
    if !spec.output.is_empty() {
        let message = "the types of a materialized view's columns are those that its query gives";
        return Err(FormError::new("pgconverge::desired::invalid_value", message)
            .help("name the columns with `columns`, and cast them in the query"));
    }
    spec.query = spec.query.without_semicolon();
    spec.using = spec.using.filter(|method| &**method != "heap");
    let address = Address::in_schema(MaterializedViews::TAG, entry.schema, entry.name);
    Ok(Object::new(address, spec))
}

fn write(object: &Object) -> Option<Value> {
    let view = object.spec.get::<MaterializedView>()?.clone();
    let (query, output) = (view.query.idiomatic(), IndexMap::new());
    serde_json::to_value(MaterializedView { query, output, ..view }).ok()
}
