//! Row security that the owner of the table passes by.

use crate::lint::rule::{Find, Fix, Rule, Severity};

/// The rule.
pub const RULE: Rule = Rule {
    name: "row-security-not-forced",
    severity: Severity::Suggestion,
    usual: false,
    help: "say `force_row_level_security = true`, if the application connects as the owner",
    fix: Fix::ByHand,
    find: Find::Catalog(QUERY),
};

const QUERY: &str = "
SELECT 'pg_class'::regclass::oid, c.oid, NULL::text,
       'its policies hold for everybody but its owner'
FROM pg_class c
WHERE c.relkind IN ('r', 'p') AND c.relrowsecurity AND NOT c.relforcerowsecurity AND c.oid >= 16384
  AND EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid)";
