//! `trigger` under a table.

use serde_json::Value;

use super::{Event, Trigger, Triggers};
use crate::kind::{Entry, FormError, Kind, Section};
use crate::model::{Object, Tag};
use crate::sql::Fragment;

pub const SECTIONS: &[Section] = &[Section {
    key: "trigger",
    within: &[Tag("table"), Tag("view")],
    named: true,
    short: None,
    from_file: None,
    read,
    write,
}];

fn read(entry: &Entry<'_>) -> Result<Object, FormError> {
    let mut spec: Trigger = entry.form.read()?;
    let invalid = |message: &str| FormError::new("pgconverge::desired::invalid_value", message);
    let timings = [&mut spec.before, &mut spec.after, &mut spec.instead_of];
    if timings.iter().filter(|events| !events.is_empty()).count() != 1 {
        return Err(invalid("a trigger has events under one of `before`, `after`, `instead_of`")
            .help("for example: before = [\"update\"]"));
    }
    let mut updates = false;
    for events in timings {
        // The order that the catalog has, which keeps none.
        events.sort_by_key(|event| *event as u8);
        events.dedup();
        updates |= events.contains(&Event::Update);
    }
    if !spec.update_of.is_empty() && !updates {
        return Err(invalid("`update_of` needs the event \"update\""));
    }
    Ok(Object::new(entry.on_relation(Triggers::TAG), spec))
}

fn write(object: &Object) -> Option<Value> {
    let mut spec: Trigger = object.spec.get::<Trigger>()?.clone();
    let own = format!("{}.", object.address.schema.as_ref()?);
    if let Some(local) = spec.execute.as_str().strip_prefix(&own) {
        spec.execute = Fragment::new(local);
    }
    spec.when = spec.when.as_ref().map(Fragment::idiomatic);
    serde_json::to_value(spec).ok()
}
