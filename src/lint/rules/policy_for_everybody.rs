//! A policy that lets everybody do everything, and so undoes row security.

use crate::lint::rule::{Find, Fix, Rule, Severity};

/// The rule.
pub const RULE: Rule = Rule {
    name: "policy-for-everybody",
    severity: Severity::Warning,
    usual: true,
    help: "name the roles that it is for, or say which rows; where all rows are for all, row security is not needed",
    fix: Fix::ByHand,
    find: Find::Catalog(QUERY),
};

/// One for SELECT alone, for some roles, or beside a restrictive one has a point.
const QUERY: &str = "
SELECT 'pg_policy'::regclass::oid, p.oid, NULL::text,
       'everybody may do everything by it: row security keeps nobody out'
FROM pg_policy p
WHERE p.polpermissive AND p.polcmd = '*' AND p.polroles = ARRAY[0::oid] AND p.oid >= 16384
  AND pg_get_expr(p.polqual, p.polrelid) = 'true'
  AND coalesce(pg_get_expr(p.polwithcheck, p.polrelid), 'true') = 'true'
  AND NOT EXISTS (SELECT FROM pg_policy r WHERE r.polrelid = p.polrelid AND NOT r.polpermissive)";
