//! For programs.

use serde_json::{Value, json};

use super::{Failed, Targets};
use crate::render::drift;
use crate::render::json::json_value;

/// For programs. The shape is versioned by `format`, as that of a plan.
#[must_use]
pub fn targets_json(targets: &Targets<'_>) -> Value {
    let groups: Vec<Value> = targets
        .groups
        .iter()
        .map(|group| {
            let (what, value) = match &group.drift {
                Some(it) => ("drift", drift::json_value(it)),
                None => ("plan", json_value(&group.report)),
            };
            json!({
                "fingerprint": group.fingerprint,
                "targets": group.members,
                "shown": group.shown,
                what: value,
            })
        })
        .collect();
    let mut value = json!({
        "format": 1,
        "targets": targets.all(),
        "alike": targets.count(true),
        "differ": targets.count(false),
        "groups": groups,
        "failed": targets.failed.iter().map(failure).collect::<Vec<_>>(),
        "wrong": targets.wrong.iter().map(failure).collect::<Vec<_>>(),
    });
    if let Some(ended) = targets.ended {
        value["ended"] = ended
            .iter()
            .map(|ended| {
                json!({
                    "target": ended.target,
                    "outcome": ended.outcome.name(),
                    "steps": ended.steps,
                    "journal": ended.journal,
                    "failure": ended.failure.as_ref().map(failure),
                })
            })
            .collect();
    }
    value
}

fn failure(failed: &Failed) -> Value {
    let Failed { target, code, message, help } = failed;
    json!({"target": target, "code": code, "message": message, "help": help})
}
