//! For programs. The shape is versioned by `format`; keys are only ever added within one.

use serde_json::{Value, json};

use super::{Report, Verdict};
use crate::render::indented;
use crate::verify::failure::Failure;

/// The whole report as one JSON object, indented.
#[must_use]
pub fn json(report: &Report) -> String {
    let (passed, failed) = report.counts();
    let value = json!({
        "format": 1,
        "passed": passed,
        "failed": failed,
        "checks": report.verdicts.iter().map(check).collect::<Vec<_>>(),
        "remarks": report.remarks,
    });
    indented(&value)
}

fn check(verdict: &Verdict) -> Value {
    json!({
        "name": verdict.name,
        "description": verdict.description,
        "declared_at": verdict.declared_at,
        "holds": verdict.holds(),
        "failures": verdict.failures.iter().map(failure).collect::<Vec<_>>(),
    })
}

fn failure(failure: &Failure) -> Value {
    let lines = failure.lines.iter().map(|(mark, line)| format!("{mark} {line}"));
    json!({
        "message": failure.message,
        "place": failure.place,
        "lines": lines.collect::<Vec<_>>(),
    })
}
