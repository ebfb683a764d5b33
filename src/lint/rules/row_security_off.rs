//! Policies, or FORCE, where row security is off: they do nothing.

use crate::lint::rule::{Find, Fix, Rule, Severity};

/// The rule.
pub const RULE: Rule = Rule {
    name: "row-security-off",
    severity: Severity::Error,
    usual: true,
    help: "say `row_level_security = true`, or remove them",
    fix: Fix::ByHand,
    find: Find::Catalog(QUERY),
};

const QUERY: &str = "
SELECT 'pg_class'::regclass::oid, c.oid, NULL::text,
       CASE WHEN c.relforcerowsecurity THEN 'row security is forced, and it is off'
            ELSE 'it has policies, and row security is off: everybody sees every row' END
FROM pg_class c
WHERE c.relkind IN ('r', 'p') AND NOT c.relrowsecurity AND c.oid >= 16384
  AND (c.relforcerowsecurity OR EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid))";
