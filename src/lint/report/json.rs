//! For programs.

use serde::Serialize;

use crate::diagnostic::Sources;
use crate::lint::finding::Finding;
use crate::lint::rule::Severity;

/// All of them as JSON.
#[must_use]
pub fn json(findings: &[Finding], sources: &Sources) -> String {
    let one = |finding| Shown::new(finding, sources);
    let shown = Findings { findings: findings.iter().map(one).collect() };
    format!("{:#}\n", serde_json::to_value(shown).unwrap_or_default())
}

#[derive(Serialize)]
struct Findings<'a> {
    findings: Vec<Shown<'a>>,
}

/// A finding for programs.
#[derive(Serialize)]
struct Shown<'a> {
    rule: &'a str,
    severity: Severity,
    object: &'a str,
    message: &'a str,
    help: &'a str,
    /// Whether `--fix` does it.
    fixable: bool,
    file: String,
    line: usize,
    column: usize,
}

impl<'a> Shown<'a> {
    fn new(finding: &'a Finding, sources: &Sources) -> Self {
        let (line, column) = sources.line_and_column(finding.place);
        Self {
            rule: finding.rule,
            severity: finding.severity,
            object: &finding.subject,
            message: &finding.message,
            help: finding.help,
            fixable: finding.removable,
            file: sources.path(finding.place.file).display().to_string(),
            line,
            column,
        }
    }
}
