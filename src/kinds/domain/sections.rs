//! `[domain.…]`

use serde_json::Value;

use super::{Domain, Domains};
use crate::kind::{Entry, FormError, Kind, Section, shorten};
use crate::model::{Address, Object};
use crate::sql::{Fragment, idiomatic_default, short_type};

pub const SECTIONS: &[Section] = &[Section {
    key: "domain",
    within: &[],
    named: true,
    short: Some("type"),
    from_file: None,
    read,
    write,
}];

fn read(entry: &Entry<'_>) -> Result<Object, FormError> {
    let spec: Domain = entry.form.read()?;
    Ok(Object::new(Address::in_schema(Domains::TAG, entry.schema, entry.name), spec))
}

fn write(object: &Object) -> Option<Value> {
    let mut spec = object.spec.get::<Domain>()?.clone();
    if let Some(default) = &spec.default {
        let default = idiomatic_default(default.as_str(), spec.data_type.as_str());
        spec.default = Some(Fragment::new(default));
    }
    spec.data_type =
        Fragment::new(short_type(spec.data_type.as_str(), object.address.schema.as_deref()));
    for check in spec.check.values_mut() {
        check.expression = check.expression.idiomatic();
    }
    let mut value = serde_json::to_value(spec).ok()?;
    shorten(&mut value, "check", "expression");
    Some(value)
}
