//! A column of type varchar(n), whose limit is a part of its type.

use crate::lint::rule::{Find, Fix, Rule, Severity};

/// The rule.
pub const RULE: Rule = Rule {
    name: "varchar-limit",
    severity: Severity::Suggestion,
    usual: false,
    help: "use text, with a check where there is a reason for a limit",
    fix: Fix::ByHand,
    find: Find::Catalog(QUERY),
};

const QUERY: &str = "
SELECT 'pg_class'::regclass::oid, a.attrelid, a.attname::text, 'the limit of varchar(n) is part of the type: a check is easier to change'
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p') AND NOT c.relispartition
WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attinhcount = 0 AND c.reloftype = 0
  AND a.attrelid >= 16384 AND a.atttypid IN (1043, 1015) AND a.atttypmod > 0";
