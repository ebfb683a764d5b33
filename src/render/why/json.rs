//! For programs. The shape is versioned by `format`; keys are only ever added within one.

use serde_json::{Value, json};

use super::{Neighbour, StepOf, Why};
use crate::model::Difference;
use crate::render::indented;
use crate::render::view::path;

/// The whole of it as one JSON object, indented.
#[must_use]
pub fn json(why: &Why<'_>) -> String {
    let change = why.change.map(|change| {
        json!({
            "action": crate::render::json::action(change.action),
            "cause": why.cause,
            "differences": why.differences.iter().copied().map(difference).collect::<Vec<_>>(),
        })
    });
    let texts = |parts: &[crate::model::Part]| -> Vec<String> {
        parts.iter().map(ToString::to_string).collect()
    };
    indented(&json!({
        "format": 1,
        "object": why.object.to_string(),
        "was": why.was,
        "declared_at": why.place,
        "change": change,
        "steps": why.steps.iter().map(step).collect::<Vec<_>>(),
        "takes_along": why.takes_along.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "depends_on": texts(&why.depends_on),
        "needed_by": texts(&why.needed_by),
    }))
}

fn difference(difference: &Difference) -> Value {
    json!({"path": path(difference), "from": difference.from, "to": difference.to})
}

fn step(step: &StepOf<'_>) -> Value {
    json!({
        "number": step.number,
        "title": step.step.title,
        "sql": step.step.sql.as_str(),
        "hazards": step.hazards,
        "after": step.after.iter().map(neighbour).collect::<Vec<_>>(),
        "before": step.before.iter().map(neighbour).collect::<Vec<_>>(),
    })
}

fn neighbour(neighbour: &Neighbour<'_>) -> Value {
    json!({
        "number": neighbour.number,
        "object": neighbour.step.address.to_string(),
        "title": neighbour.step.title,
        "reason": neighbour.reason,
    })
}
