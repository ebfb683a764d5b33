//! A column of type money, whose currency depends on a setting.

use crate::lint::rule::{Find, Fix, Rule, Severity};

/// The rule.
pub const RULE: Rule = Rule {
    name: "money-type",
    severity: Severity::Warning,
    usual: true,
    help: "use numeric, with a column for the currency where there are several",
    fix: Fix::ByHand,
    find: Find::Catalog(QUERY),
};

const QUERY: &str = "
SELECT 'pg_class'::regclass::oid, a.attrelid, a.attname::text, 'the currency of money, and its decimals, are what lc_monetary says in each session'
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p') AND NOT c.relispartition
WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attinhcount = 0 AND c.reloftype = 0
  AND a.attrelid >= 16384 AND a.atttypid IN (790, 791)";
