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
    let page = page.unwrap_or_default();
    Rule {
        id: rule.name,
        gist: first_sentence(&page),
        description: page,
        help: rule.help,
        level: level(rule.severity),
        enabled: rule.usual,
    }
}

/// The first sentence of a page, below the line that says how much the rule weighs.
fn first_sentence(page: &str) -> String {
    let (_, text) = page.split_once("\n\n").unwrap_or(("", page));
    let paragraph = text.split("\n\n").next().unwrap_or_default();
    let line = paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
    line.split_inclusive(". ").next().unwrap_or_default().trim_end().to_owned()
}

fn found(finding: &Finding, sources: &Sources) -> Found {
    let Finding { subject, message, help, .. } = finding;
    Found {
        rule: finding.rule,
        level: level(finding.severity),
        subject: subject.clone(),
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
