//! A check over a list of texts, which an enum type could be.

use crate::lint::rule::{Find, Fix, Rule, Severity};

/// The rule.
pub const RULE: Rule = Rule {
    name: "check-instead-of-enum",
    severity: Severity::Suggestion,
    usual: false,
    help: "an enum type has its values in one place, sorts them, and takes four bytes; taking a value away is harder",
    fix: Fix::ByHand,
    find: Find::Catalog(QUERY),
};

/// The tree of the expression begins with what IN becomes.
const QUERY: &str = "
SELECT 'pg_constraint'::regclass::oid, c.oid, NULL::text,
       format('%I has one of a list of values: an enum type would name it', a.attname)
FROM pg_constraint c
JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
WHERE c.contype = 'c' AND cardinality(c.conkey) = 1 AND a.atttypid IN (25, 1043)
  AND starts_with(c.conbin::text, chr(123) || 'SCALARARRAYOPEXPR')
  AND position(':useOr true' IN c.conbin::text) > 0 AND c.coninhcount = 0 AND c.oid >= 16384";
