//! For a comment on a pull request.

use super::summary;
use crate::diagnostic::Sources;
use crate::lint::finding::Finding;
use crate::render::prose;

/// All of them as a table, below a line that sums them up.
#[must_use]
pub fn markdown(findings: &[Finding], sources: &Sources) -> String {
    let mut text = format!("### Lint: {}\n", summary(findings));
    if findings.is_empty() {
        return text;
    }
    text.push_str("\n| severity | rule | where | what | help |\n|---|---|---|---|---|\n");
    for finding in findings {
        let what = format!("{}: {}", finding.subject, finding.message);
        let cells = [
            finding.severity.name().to_owned(),
            format!("`{}`", finding.rule),
            prose(&sources.describe(finding.place)),
            prose(&what),
            escaped(finding.help),
        ];
        text.push_str(&format!("| {} |\n", cells.join(" | ")));
    }
    text
}

/// It ends no cell, and is no HTML; code in it stays code: <https://github.github.com/gfm/#tables-extension->
fn escaped(cell: &str) -> String {
    cell.replace('|', "\\|").replace('<', "&lt;")
}
