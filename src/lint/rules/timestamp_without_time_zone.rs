//! A column that holds the reading of some clock, and not a moment.

use crate::lint::rule::{Find, Fix, Rule, Severity};

/// The rule.
pub const RULE: Rule = Rule {
    name: "timestamp-without-time-zone",
    severity: Severity::Warning,
    usual: true,
    help: "use timestamptz, which is a moment whatever the time zone of the session; it takes the same eight bytes",
    fix: Fix::ByHand,
    find: Find::Catalog(QUERY),
};

const QUERY: &str = "
SELECT 'pg_class'::regclass::oid, a.attrelid, a.attname::text, 'without a time zone it is another moment in each session'
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p') AND NOT c.relispartition
WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attinhcount = 0 AND c.reloftype = 0
  AND a.attrelid >= 16384 AND a.atttypid IN (1114, 1115)";
