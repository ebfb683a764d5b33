//! `trigger` under a table.

use serde_json::Value;

use super::{Event, Timing, Trigger, Triggers};
use crate::kind::{Entry, FormError, Kind, Section};
use crate::model::{Name, Object, Tag};
use crate::sql::{Fragment, parse_qualified};

pub const SECTIONS: &[Section] = &[Section {
    key: "trigger",
    within: &[Tag("table"), Tag("view"), Tag("foreign_table")],
    named: true,
    short: None,
    from_file: None,
    read,
    write,
}];

fn read(entry: &Entry<'_>) -> Result<Object, FormError> {
    let mut spec: Trigger = entry.form.read()?;
    let invalid = |message: &str| FormError::new("pgconverge::desired::invalid_value", message);
    if spec.inherited.is_some() {
        if spec != (Trigger { inherited: spec.inherited, ..Trigger::default() }) {
            return Err(invalid("an `inherited` trigger has the definition of the parent's"));
        }
        return Ok(Object::new(entry.on_relation(Triggers::TAG), spec));
    }
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
    if spec.execute.as_str().is_empty() {
        let message = "a trigger has no `execute`";
        return Err(FormError::new("pgconverge::desired::missing_key", message)
            .help("it is the function that it calls: execute = \"stamp('updated_at')\""));
    }
    if let Some(table) = &mut spec.from_table {
        if spec.constraint == Timing::No {
            return Err(invalid("`from` is for constraint triggers"));
        }
        *table = qualified(table, entry.schema)?;
    }
    Ok(Object::new(entry.on_relation(Triggers::TAG), spec))
}

/// A table with its schema, which is the file's own unless given.
fn qualified(table: &Fragment, own: &Name) -> Result<Fragment, FormError> {
    let place = table.place();
    let (schema, name, _) = parse_qualified(table.as_str()).map_err(|error| {
        let error = FormError::new("pgconverge::desired::invalid_value", error.to_string());
        place.map_or(error.clone(), |place| error.or_at(place))
    })?;
    let schema = schema.map_or_else(|| own.clone(), Name::from);
    let text = format!("{schema}.{}", Name::from(name));
    Ok(place.map_or(Fragment::new(&*text), |place| Fragment::at(&*text, place)))
}

fn write(object: &Object) -> Option<Value> {
    let mut spec: Trigger = object.spec.get::<Trigger>()?.clone();
    let own = format!("{}.", object.address.schema.as_ref()?);
    if let Some(local) = spec.execute.as_str().strip_prefix(&own) {
        spec.execute = Fragment::new(local);
    }
    if let Some(table) = &mut spec.from_table
        && let Some(local) = table.as_str().strip_prefix(&own)
    {
        *table = Fragment::new(local);
    }
    spec.when = spec.when.as_ref().map(Fragment::idiomatic);
    serde_json::to_value(spec).ok()
}
