//! For programs. The shape is versioned by `format`; keys are only ever added within one.

use serde_json::{Map, Value, json};

use super::{Attribute, Drift, Entry};
use crate::diagnostic::Spot;
use crate::render::indented;

/// The whole report as one JSON object, indented.
#[must_use]
pub fn json(drift: &Drift) -> String {
    indented(&json_value(drift))
}

/// The whole report as one JSON object.
#[must_use]
pub fn json_value(drift: &Drift) -> Value {
    let counts = drift.counts().into_iter().map(|(class, n)| (class.name().to_owned(), n.into()));
    json!({
        "format": 1,
        "database": drift.database,
        "same": drift.is_none(),
        "counts": counts.collect::<Map<_, _>>(),
        "differences": drift.entries.iter().map(entry).collect::<Vec<_>>(),
        "unmanaged": drift.unmanaged,
        "remarks": drift.remarks,
        "left_alone": drift.left_alone,
    })
}

fn entry(entry: &Entry) -> Value {
    let place = entry.place.as_ref().filter(|_| entry.declared.is_some());
    json!({
        "class": entry.class.name(),
        "kind": entry.kind().map(|kind| kind.0),
        "object": entry.object(),
        "declared": entry.declared.as_ref().map(ToString::to_string),
        "live": entry.live.as_ref().map(ToString::to_string),
        "declared_at": place.map(spot),
        "because": entry.because,
        "attributes": entry.attributes.iter().map(attribute).collect::<Vec<_>>(),
    })
}

fn attribute(attribute: &Attribute) -> Value {
    json!({
        "path": attribute.path,
        "declared": attribute.declared,
        "live": attribute.live,
        "declared_at": attribute.place.as_ref().map(spot),
    })
}

fn spot(spot: &Spot) -> Value {
    json!({ "file": spot.file, "line": spot.line, "column": spot.column })
}
