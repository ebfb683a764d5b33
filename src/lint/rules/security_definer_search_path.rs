//! A function with the rights of its owner that looks names up where its caller says.

use crate::lint::rule::{Find, Fix, Rule, Severity};

/// The rule.
pub const RULE: Rule = Rule {
    name: "security-definer-search-path",
    severity: Severity::Error,
    usual: true,
    help: "set it: `set = { search_path = \"pg_catalog, pg_temp\" }`, and write names with their schemas; otherwise a caller can have it run functions of his own with the rights of the owner",
    fix: Fix::ByHand,
    find: Find::Catalog(QUERY),
};

/// A body that is kept as a tree has looked its names up already, and one in C has none.
const QUERY: &str = "
SELECT 'pg_proc'::regclass::oid, p.oid, NULL::text,
       'it is SECURITY DEFINER, and its search_path is that of the caller'
FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
WHERE p.prosecdef AND p.prosqlbody IS NULL AND l.lanname NOT IN ('c', 'internal')
  AND NOT EXISTS (SELECT FROM unnest(p.proconfig) s WHERE starts_with(s, 'search_path='))
  AND p.oid >= 16384";
