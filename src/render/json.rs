//! For programs. The shape is versioned by `format`; keys are only ever added within one.

use serde_json::{Value, json};

use super::Report;
use super::facts;
use super::view::{cause, declared_at, path};
use crate::model::Action;

/// The whole report as one JSON object, indented.
#[must_use]
pub fn json(report: &Report<'_>) -> String {
    indented(&json_value(report))
}

/// JSON as it is shown.
#[must_use]
pub fn indented(value: &Value) -> String {
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}

/// The whole report as one JSON object.
#[must_use]
pub fn json_value(report: &Report<'_>) -> Value {
    let changes: Vec<Value> = report
        .plan
        .changes
        .values()
        .map(|change| {
            let differences: Vec<Value> = change
                .differences
                .iter()
                .map(|difference| {
                    json!({"path": path(difference), "from": difference.from, "to": difference.to})
                })
                .collect();
            json!({
                "object": change.address.to_string(),
                "kind": change.address.kind.0,
                "action": action(change.action),
                "declared_at": declared_at(report, change),
                "cause": cause(change),
                "differences": differences,
            })
        })
        .collect();
    let mut value = json!({
        "format": 1,
        "empty": report.plan.is_empty(),
        "changes": changes,
        "remarks": report.remarks,
        "left_alone": report.left_alone,
        "unmanaged": report.unmanaged.iter().map(|thing| &thing.what).collect::<Vec<_>>(),
    });
    if let Some(base) = report.base {
        value["base"] = base.into();
    }
    value["transactions"] = transactions(report);
    value
}

fn transactions(report: &Report<'_>) -> Value {
    let transactions = report.plan.transactions().into_iter().map(|transaction| {
        let steps: Vec<Value> = transaction.steps.map(|n| step(report, n)).collect();
        json!({"block": transaction.block, "steps": steps})
    });
    transactions.collect()
}

fn step(report: &Report<'_>, n: usize) -> Value {
    let step = &report.plan.steps[n];
    let (lock_timeout, statement_timeout) = facts::limits(report, step);
    json!({
        "number": n + 1,
        "object": step.address.to_string(),
        "title": step.title,
        "sql": step.sql.as_str(),
        "transactional": step.transactional,
        "locks": facts::locks(report, step),
        "lock_timeout_ms": lock_timeout,
        "statement_timeout_ms": statement_timeout,
        "rewrites": step.rewrites,
        "scans": step.scans,
        "loses": step.loses,
        "hazards": report.hazards.get(n),
    })
}

pub fn action(action: Action) -> &'static str {
    match action {
        Action::Create => "create",
        Action::Alter => "alter",
        Action::Replace => "replace",
        Action::Drop => "drop",
        Action::Rename => "rename",
    }
}
