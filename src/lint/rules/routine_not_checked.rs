//! What [`crate::lint::routine`] finds.

use crate::lint::rule::{Find, Fix, Rule, Severity};

/// The rule.
pub const RULE: Rule = Rule {
    name: "routine-not-checked",
    severity: Severity::Suggestion,
    usual: true,
    help: "what it does is known when it runs; call it in a check of `verify`",
    fix: Fix::ByHand,
    find: Find::Bodies,
};
