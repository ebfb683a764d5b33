//! A policy that calls a volatile function for each row.

use crate::lint::rule::{Find, Fix, Rule, Severity};

/// The rule.
pub const RULE: Rule = Rule {
    name: "policy-calls-volatile",
    severity: Severity::Warning,
    usual: true,
    help: "declare the function STABLE if it is; else call it in a subquery, `(SELECT f())`, which runs once",
    fix: Fix::ByHand,
    find: Find::Catalog(QUERY),
};

/// The tree of the expression has the OIDs of what it calls. Where there is a subquery in it, calls
/// may well be in there.
const QUERY: &str = "
SELECT 'pg_policy'::regclass::oid, p.oid, NULL::text,
       format('it calls %s for each row, which is volatile',
              string_agg(DISTINCT f.oid::regprocedure::text, ', '))
FROM pg_policy p
CROSS JOIN LATERAL (VALUES (p.polqual::text), (p.polwithcheck::text)) e(tree)
CROSS JOIN LATERAL regexp_matches(e.tree, ':funcid ([0-9]+)', 'g') m
JOIN pg_proc f ON f.oid = m[1]::oid AND f.provolatile = 'v'
WHERE position('SUBLINK' IN e.tree) = 0 AND p.oid >= 16384
GROUP BY p.oid";
