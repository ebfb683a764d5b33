//! A table with row security and no policy: nobody but its owner sees a row.

use crate::lint::rule::{Find, Fix, Rule, Severity};

/// The rule.
pub const RULE: Rule = Rule {
    name: "row-security-without-policy",
    severity: Severity::Warning,
    usual: true,
    help: "add a policy, or turn row security off; allow it where nobody but the owner is to see anything",
    fix: Fix::ByHand,
    find: Find::Catalog(QUERY),
};

const QUERY: &str = "
SELECT 'pg_class'::regclass::oid, c.oid, NULL::text,
       'row security is on, and without a policy it hides every row from all but the owner'
FROM pg_class c
WHERE c.relkind IN ('r', 'p') AND c.relrowsecurity AND c.oid >= 16384
  AND NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid)";
