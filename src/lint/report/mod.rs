//! Findings for people, and for programs; one file a format.

mod json;
mod junit;
mod markdown;
mod sarif;

pub use json::json;
pub use junit::junit;
pub use markdown::markdown;
pub use sarif::sarif;

use std::sync::Arc;

use super::finding::Finding;
use super::rule::Severity;
use crate::diagnostic::{Located, Many, Sources};

/// Each finding as a diagnostic.
#[must_use]
pub fn reports(findings: &[Finding], sources: &Sources) -> Vec<Located> {
    findings.iter().map(|finding| report(finding, sources)).collect()
}

fn report(finding: &Finding, sources: &Sources) -> Located {
    let message = format!("{}: {}", finding.subject, finding.message);
    let located = Located::named(finding.rule.to_owned(), message)
        .severity(match finding.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
            Severity::Suggestion => miette::Severity::Advice,
        })
        .at(sources, finding.place, "here");
    let located = match finding.other {
        Some(other) => located.at(sources, other, "the other one"),
        None => located,
    };
    located.help(if finding.removable {
        format!("{}; `pgconverge check --fix` removes it", finding.help)
    } else {
        finding.help.to_owned()
    })
}

/// Wrong bodies of routines, as the reason why nothing is done.
pub(super) fn refusal(findings: &[Finding], sources: &Sources) -> Many {
    let one = |finding: &Finding| {
        let message = format!("{}: {}", finding.subject, finding.message);
        Located::new("pgconverge::lint::routine_body", message)
            .at(sources, finding.place, "here")
            .help(finding.help)
    };
    let headline = match findings.len() {
        1 => "The body of a routine is wrong; a call would fail".to_owned(),
        n => format!("The bodies of routines are wrong in {n} places; calls would fail"),
    };
    Many { headline, problems: Arc::new(findings.iter().map(one).collect()) }
}

/// How many there are of each severity, in one line.
#[must_use]
pub fn summary(findings: &[Finding]) -> String {
    let count = |severity: Severity| {
        let n = findings.iter().filter(|finding| finding.severity == severity).count();
        let plural = if n == 1 { "" } else { "s" };
        (n > 0).then(|| format!("{n} {}{plural}", severity.name()))
    };
    let all = [Severity::Error, Severity::Warning, Severity::Suggestion];
    let counts: Vec<String> = all.into_iter().filter_map(count).collect();
    if counts.is_empty() { "no findings".to_owned() } else { counts.join(", ") }
}
