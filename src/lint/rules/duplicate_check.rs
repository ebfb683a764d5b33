//! Two checks that say the same.

use crate::lint::rule::{Find, Fix, Rule, Severity};

/// The rule.
pub const RULE: Rule = Rule {
    name: "duplicate-check",
    severity: Severity::Warning,
    usual: true,
    help: "remove one of them",
    fix: Fix::Remove,
    find: Find::Catalog(QUERY),
};

/// The one that stays must not hold fewer rows to it.
const QUERY: &str = "
SELECT 'pg_constraint'::regclass::oid, a.oid, NULL::text,
       format('it says what %I says', min(b.conname::text)),
       'pg_constraint'::regclass::oid, (array_agg(b.oid ORDER BY b.conname))[1],
       (array_agg(b.convalidated OR NOT a.convalidated ORDER BY b.conname))[1]
       AND (array_agg(to_jsonb(b) -> 'conenforced' ORDER BY b.conname))[1]
           IS NOT DISTINCT FROM to_jsonb(a) -> 'conenforced'
FROM pg_constraint a
JOIN pg_constraint b ON b.conrelid = a.conrelid AND b.contypid = a.contypid
 AND b.contype = 'c' AND b.conname < a.conname AND b.connoinherit = a.connoinherit
 AND pg_get_expr(b.conbin, b.conrelid) = pg_get_expr(a.conbin, a.conrelid)
WHERE a.contype = 'c' AND a.coninhcount = 0 AND b.coninhcount = 0 AND a.oid >= 16384
GROUP BY a.oid, a.convalidated, to_jsonb(a)";
