//! What [`crate::lint::routine`] finds.

use crate::lint::rule::{Find, Fix, Rule, Severity};

/// The rule.
pub const RULE: Rule = Rule {
    name: "routine-body",
    severity: Severity::Error,
    usual: true,
    help: "a call would fail there: mend the body, or allow it with a reason",
    fix: Fix::ByHand,
    find: Find::Bodies,
};
