//! Something that is allowed and not there.

use crate::lint::rule::{Find, Fix, Rule, Severity};

/// The rule.
pub const RULE: Rule = Rule {
    name: "unused-allow",
    severity: Severity::Warning,
    usual: true,
    help: "remove it from `lint.allow`, so that it does not hide what comes later",
    fix: Fix::Remove,
    find: Find::Judging,
};
