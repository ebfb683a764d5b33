//! A check that is true of no row.

use crate::lint::proof::checks;
use crate::lint::rule::{Find, Fix, Rule, Severity};

/// The rule.
pub const RULE: Rule = Rule {
    name: "check-never-passes",
    severity: Severity::Error,
    usual: true,
    help: "its conditions contradict each other: a row passes only where they are unknown, because a value is null",
    fix: Fix::ByHand,
    find: Find::Proof(QUERY),
};

/// The planner is asked whether any row could make the expression true.
const QUERY: &str = checks!("%s", "it is true of no row", "its check %I is true of no value");
