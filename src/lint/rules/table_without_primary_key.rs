//! A table whose rows nothing tells apart.

use crate::lint::rule::{Find, Fix, Rule, Severity};

/// The rule.
pub const RULE: Rule = Rule {
    name: "table-without-primary-key",
    severity: Severity::Warning,
    usual: true,
    help: "declare a primary key: logical replication needs it, and whoever wants to change one row",
    fix: Fix::ByHand,
    find: Find::Catalog(QUERY),
};

/// A unique index over columns that are not null tells rows apart as well. What inherits has the
/// identity of its rows elsewhere.
const QUERY: &str = "
SELECT 'pg_class'::regclass::oid, c.oid, NULL::text,
       'it has no primary key, and no unique key without nulls'
FROM pg_class c
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.oid >= 16384
  AND NOT EXISTS (SELECT FROM pg_inherits i WHERE i.inhrelid = c.oid)
  AND NOT EXISTS (
    SELECT FROM pg_index x
    WHERE x.indrelid = c.oid AND x.indisunique AND x.indpred IS NULL
      AND NOT EXISTS (
        SELECT FROM generate_series(1, x.indnkeyatts) n
        LEFT JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = x.indkey[n - 1]
        WHERE a.attnotnull IS NOT TRUE))";
