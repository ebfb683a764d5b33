//! A check that no row can fail: a NULL in its list, say, makes "not in the list" unknown, which passes.

use crate::lint::proof::checks;
use crate::lint::rule::{Find, Fix, Rule, Severity};

/// The rule.
pub const RULE: Rule = Rule {
    name: "check-never-fails",
    severity: Severity::Error,
    usual: true,
    help: "remove what makes it true or unknown for every row, such as a NULL in the list: a null value passes a check anyway",
    fix: Fix::ByHand,
    find: Find::Proof(QUERY),
};

/// The planner is asked whether any row could make the expression false.
const QUERY: &str = checks!("NOT (%s)", "no row can fail it", "no value can fail its check %I");
