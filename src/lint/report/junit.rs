//! For servers of continuous integration: a case a finding.

use crate::diagnostic::Sources;
use crate::diagnostic::exchange::{self, Case, Failure};
use crate::lint::finding::Finding;
use crate::lint::rule::Severity;

/// All of them as one suite: suggestions pass, and have their text as output.
#[must_use]
pub fn junit(findings: &[Finding], sources: &Sources) -> String {
    let mut cases: Vec<Case> = findings.iter().map(|finding| case(finding, sources)).collect();
    // A suite without any case is taken for one that did not run.
    if cases.is_empty() {
        let (name, place) = ("no findings".to_owned(), "lint".to_owned());
        cases.push(Case { name, place, failures: Vec::new(), remark: None });
    }
    exchange::junit("pgconverge check", &cases)
}

fn case(finding: &Finding, sources: &Sources) -> Case {
    let place = sources.describe(finding.place);
    let text = format!("{place}\n{}\nhelp: {}", finding.message, finding.help);
    let (failures, remark) = if finding.severity >= Severity::Warning {
        let message = finding.message.clone();
        (vec![Failure { message, sort: Some(finding.severity.name()), text }], None)
    } else {
        (Vec::new(), Some(text))
    };
    Case { name: format!("{}: {}", finding.rule, finding.subject), place, failures, remark }
}
