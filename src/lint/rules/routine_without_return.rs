//! What [`crate::lint::routine`] finds.

use crate::lint::rule::{Find, Fix, Rule, Severity};

/// The rule.
pub const RULE: Rule = Rule {
    name: "routine-without-return",
    severity: Severity::Warning,
    usual: true,
    help: "end every way through the body with RETURN, or with an exception",
    fix: Fix::ByHand,
    find: Find::Bodies,
};
