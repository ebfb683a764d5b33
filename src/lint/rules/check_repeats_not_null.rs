//! A check that says what NOT NULL says already.

use crate::lint::rule::{Find, Fix, Rule, Severity};

/// The rule.
pub const RULE: Rule = Rule {
    name: "check-repeats-not-null",
    severity: Severity::Suggestion,
    usual: true,
    help: "remove it: NOT NULL says the same, and the planner knows more of it",
    fix: Fix::Remove,
    find: Find::Catalog(QUERY),
};

/// A NOT NULL that rows of old need not keep to, as there is from PostgreSQL 18 on, is none.
const QUERY: &str = "
SELECT 'pg_constraint'::regclass::oid, c.oid, NULL::text,
       format('%I is NOT NULL anyway', a.attname)
FROM pg_constraint c
JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1] AND a.attnotnull
WHERE c.contype = 'c' AND cardinality(c.conkey) = 1 AND c.coninhcount = 0 AND c.oid >= 16384
  AND pg_get_expr(c.conbin, c.conrelid) = format('(%I IS NOT NULL)', a.attname)
  AND NOT EXISTS (SELECT FROM pg_constraint n WHERE n.conrelid = c.conrelid AND n.contype = 'n'
                    AND n.conkey = c.conkey AND NOT n.convalidated)";
