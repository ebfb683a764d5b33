//! A column of type json, which is parsed each time that it is used.

use crate::lint::rule::{Find, Fix, Rule, Severity};

/// The rule.
pub const RULE: Rule = Rule {
    name: "json-type",
    severity: Severity::Suggestion,
    usual: true,
    help: "use jsonb, unless the text is to come back to the letter, repeated keys and all",
    fix: Fix::ByHand,
    find: Find::Catalog(QUERY),
};

const QUERY: &str = "
SELECT 'pg_class'::regclass::oid, a.attrelid, a.attname::text, 'json has no equality and no index, and is parsed each time that it is used'
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p') AND NOT c.relispartition
WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attinhcount = 0 AND c.reloftype = 0
  AND a.attrelid >= 16384 AND a.atttypid IN (114, 199)";
