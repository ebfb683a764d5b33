//! For forges, which show findings beside the lines that they are about: SARIF 2.1.0.
//! <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::diagnostic::{Sources, explanations};
use crate::lint::finding::Finding;
use crate::lint::rule::{Rule, Severity};
use crate::lint::rules::RULES;
use crate::sql::Place;

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// All of them as one run, with the rules that they are of.
#[must_use]
pub fn sarif(findings: &[Finding], sources: &Sources) -> String {
    let named: BTreeSet<&str> = findings.iter().map(|finding| finding.rule).collect();
    let rules = RULES.iter().filter(|rule| named.contains(rule.name)).map(|rule| descriptor(rule));
    let rules: Vec<Value> = rules.collect();
    let results: Vec<Value> = findings.iter().map(|finding| result(finding, sources)).collect();
    let driver = json!({
        "name": "pgconverge",
        "version": env!("CARGO_PKG_VERSION"),
        "rules": rules,
    });
    let run = json!({
        "tool": { "driver": driver },
        "columnKind": "unicodeCodePoints",
        "results": results,
    });
    format!("{:#}\n", json!({ "$schema": SCHEMA, "version": "2.1.0", "runs": [run] }))
}

fn descriptor(rule: &Rule) -> Value {
    let page = explanations().into_iter().find(|page| page.code == rule.name).map(|page| page.text);
    json!({
        "id": rule.name,
        "fullDescription": { "text": page.unwrap_or_default() },
        "help": { "text": rule.help },
        "defaultConfiguration": { "level": level(rule.severity), "enabled": rule.usual },
    })
}

fn result(finding: &Finding, sources: &Sources) -> Value {
    let message = format!("{}: {}. To mend it: {}", finding.subject, finding.message, finding.help);
    let mut result = json!({
        "ruleId": finding.rule,
        "level": level(finding.severity),
        "message": { "text": message },
        "locations": [location(finding.place, sources)],
    });
    if let Some(other) = finding.other {
        let mut other = location(other, sources);
        other["message"] = json!({ "text": "the other one" });
        result["relatedLocations"] = json!([other]);
    }
    result
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Suggestion => "note",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

/// Paths are those of the command line, with slashes: relative to where it ran, as forges want it.
fn location(place: Place, sources: &Sources) -> Value {
    let (line, column) = sources.line_and_column(place);
    let (end_line, end_column) = sources.line_and_column(Place { start: place.end, ..place });
    json!({
        "physicalLocation": {
            "artifactLocation": { "uri": uri(&sources.path(place.file).display().to_string()) },
            "region": {
                "startLine": line,
                "startColumn": column,
                "endLine": end_line,
                "endColumn": end_column,
            },
        },
    })
}

/// A path as a relative reference, or an absolute one.
/// <https://www.rfc-editor.org/rfc/rfc3986#section-2>
fn uri(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte);
    let one = |byte: u8| match byte {
        b'\\' => "/".to_owned(),
        byte if plain(byte) => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    path.bytes().map(one).collect()
}
