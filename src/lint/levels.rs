//! How much the project lets each rule weigh.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::finding::Finding;
use super::rule::{Rule, Severity};
use super::rules::ROUTINE_BODY;

/// What `[lint]` of `pgconverge.toml` says of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    Off,
    Suggestion,
    Warning,
    Error,
}

/// The same of all rules that it speaks of, by name.
#[derive(Debug, Clone, Default)]
pub struct Levels(pub BTreeMap<String, Level>);

impl Levels {
    /// Whether the project takes a wrong body of a routine for an error.
    #[must_use]
    pub fn refuse_routines(&self) -> bool {
        self.of(&ROUTINE_BODY) == Some(Severity::Error)
    }

    /// Whether findings under these levels say that no body of a routine is wrong.
    #[must_use]
    pub fn pass_routines(&self, findings: &[Finding]) -> bool {
        let wrong = |finding: &Finding| finding.rule == ROUTINE_BODY.name;
        self.refuse_routines() && !findings.iter().any(wrong)
    }

    /// How much a finding of `rule` weighs; nothing, where it is not to be shown.
    #[must_use]
    pub fn of(&self, rule: &Rule) -> Option<Severity> {
        match self.0.get(rule.name) {
            None => rule.usual.then_some(rule.severity),
            Some(Level::Off) => None,
            Some(Level::Suggestion) => Some(Severity::Suggestion),
            Some(Level::Warning) => Some(Severity::Warning),
            Some(Level::Error) => Some(Severity::Error),
        }
    }
}
