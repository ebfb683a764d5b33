//! A constraint that rows of old need not keep to.

use crate::lint::rule::{Find, Fix, Rule, Severity};

/// The rule.
pub const RULE: Rule = Rule {
    name: "constraint-not-valid",
    severity: Severity::Warning,
    usual: true,
    help: "remove `not_valid`: the next plan validates it without keeping others waiting",
    fix: Fix::ByHand,
    find: Find::Catalog(QUERY),
};

/// One that is not enforced is never valid.
const QUERY: &str = "
SELECT 'pg_constraint'::regclass::oid, c.oid, NULL::text,
       'rows that were there before need not keep to it, and the planner does not count on it'
FROM pg_constraint c
WHERE c.contype IN ('c', 'f') AND NOT c.convalidated AND c.conrelid <> 0 AND c.conparentid = 0
  AND c.coninhcount = 0 AND (to_jsonb(c) ->> 'conenforced') IS DISTINCT FROM 'false'
  AND c.oid >= 16384";
