//! For forges, which show findings beside the lines that they are about.

use std::collections::BTreeSet;

use crate::diagnostic::exchange::{self, Found, Level, Location, Rule};
use crate::diagnostic::{Sources, Spot, explanations};
use crate::lint::finding::Finding;
use crate::lint::rule::{self, Severity};
use crate::lint::rules::RULES;

/// All of them as one run, with the rules that they are of.
#[must_use]
pub fn sarif(findings: &[Finding], sources: &Sources) -> String {
    let named: BTreeSet<&str> = findings.iter().map(|finding| finding.rule).collect();
    let rules = RULES.iter().filter(|rule| named.contains(rule.name)).map(|rule| descriptor(rule));
    let found = findings.iter().map(|finding| found(finding, sources));
    exchange::sarif(&rules.collect::<Vec<_>>(), &found.collect::<Vec<_>>())
}

fn descriptor(rule: &rule::Rule) -> Rule {
    let page = explanations().into_iter().find(|page| page.code == rule.name).map(|page| page.text);
    Rule {
        id: rule.name,
        description: page.unwrap_or_default(),
        help: rule.help,
        level: level(rule.severity),
        enabled: rule.usual,
    }
}

fn found(finding: &Finding, sources: &Sources) -> Found {
    let Finding { subject, message, help, .. } = finding;
    Found {
        rule: finding.rule,
        level: level(finding.severity),
        message: format!("{subject}: {message}. To mend it: {help}"),
        location: Location::At(Spot::of(finding.place, sources)),
        other: finding.other.map(|other| (Spot::of(other, sources), "the other one")),
        targets: Vec::new(),
    }
}

fn level(severity: Severity) -> Level {
    match severity {
        Severity::Suggestion => Level::Note,
        Severity::Warning => Level::Warning,
        Severity::Error => Level::Error,
    }
}
