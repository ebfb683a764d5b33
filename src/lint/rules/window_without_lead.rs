//! A window that has no partition beyond the current one.

use crate::desired::Declared;
use crate::lint::rule::{Find, Fix, Noticed, Rule, Severity};
use crate::model::Part;

/// The rule.
pub const RULE: Rule = Rule {
    name: "window-without-lead",
    severity: Severity::Warning,
    usual: true,
    help: "say `ahead = 1` or more: otherwise rows are refused from the moment that the current partition ends until the next run",
    fix: Fix::ByHand,
    find: Find::Declared(look),
};

fn look(declared: &Declared) -> Noticed {
    let without = declared.rules.iter().filter(|rule| rule.ahead() == Some(0));
    let message = "its window has no partition beyond the current one";
    without.map(|rule| (Part::whole(rule.parent()), message.to_owned())).collect()
}
