//! `[composite_type.…]`

use serde_json::Value;

use super::{CompositeType, CompositeTypes};
use crate::kind::{Entry, FormError, Kind, Section, shorten};
use crate::model::{Address, Object};
use crate::sql::{Fragment, short_type};

pub const SECTIONS: &[Section] = &[Section {
    key: "composite_type",
    within: &[],
    named: true,
    short: None,
    from_file: None,
    read,
    write,
}];

fn read(entry: &Entry<'_>) -> Result<Object, FormError> {
    let spec: CompositeType = entry.form.read()?;
    Ok(Object::new(Address::in_schema(CompositeTypes::TAG, entry.schema, entry.name), spec))
}

fn write(object: &Object) -> Option<Value> {
    let mut spec = object.spec.get::<CompositeType>()?.clone();
    let schema = object.address.schema.as_deref();
    for attribute in spec.attribute.values_mut() {
        attribute.data_type = Fragment::new(short_type(attribute.data_type.as_str(), schema));
    }
    let mut value = serde_json::to_value(spec).ok()?;
    shorten(&mut value, "attribute", "type");
    Some(value)
}
