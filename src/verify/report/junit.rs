//! For servers of continuous integration: a case a check.

use super::{Report, Verdict};
use crate::diagnostic::exchange::{self, Case, Failure};
use crate::verify::failure;

/// The whole report as one suite.
#[must_use]
pub fn junit(report: &Report) -> String {
    let cases: Vec<Case> = report.verdicts.iter().map(case).collect();
    exchange::junit("pgconverge verify", &cases)
}

fn case(verdict: &Verdict) -> Case {
    Case {
        name: verdict.name.clone(),
        place: verdict.declared_at.clone().unwrap_or_else(|| "built in".to_owned()),
        failures: verdict.failures.iter().map(told).collect(),
        remark: None,
    }
}

fn told(failure: &failure::Failure) -> Failure {
    let mut text: Vec<String> = failure.place.iter().cloned().collect();
    text.extend(failure.lines.iter().map(|(mark, line)| format!("{mark} {line}")));
    Failure { message: failure.message.clone(), sort: None, text: text.join("\n") }
}
