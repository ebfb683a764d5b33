//! A column of type timetz, which knows an offset and not the day that it depends on.

use crate::lint::rule::{Find, Fix, Rule, Severity};

/// The rule.
pub const RULE: Rule = Rule {
    name: "time-with-time-zone",
    severity: Severity::Warning,
    usual: true,
    help: "use timestamptz for a moment, time for a time of any day",
    fix: Fix::ByHand,
    find: Find::Catalog(QUERY),
};

const QUERY: &str = "
SELECT 'pg_class'::regclass::oid, a.attrelid, a.attname::text, 'a time without a day has no offset in most zones'
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p') AND NOT c.relispartition
WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attinhcount = 0 AND c.reloftype = 0
  AND a.attrelid >= 16384 AND a.atttypid IN (1266, 1270)";
