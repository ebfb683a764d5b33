//! A name that every query has to quote.

use crate::lint::rule::{Find, Fix, Rule, Severity};

/// The rule.
pub const RULE: Rule = Rule {
    name: "name-needs-quotes",
    severity: Severity::Suggestion,
    usual: true,
    help: "use lower case letters, digits and underscores, and no reserved word",
    fix: Fix::ByHand,
    find: Find::Catalog(QUERY),
};

/// Of what queries speak of: names of constraints, indexes, triggers and policies are written once.
/// Keywords that can be names of tables and columns (`catcode` C and U) need no quotes.
const QUERY: &str = "
WITH named AS (
  SELECT 'pg_class'::regclass::oid AS catalog, c.oid, NULL::text AS part, c.relname::text AS name
  FROM pg_class c WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND NOT c.relispartition
  UNION ALL
  SELECT 'pg_class'::regclass::oid, a.attrelid, a.attname::text, a.attname::text
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition AND a.attnum > 0
    AND NOT a.attisdropped AND a.attinhcount = 0
  UNION ALL
  SELECT 'pg_proc'::regclass::oid, p.oid, NULL, p.proname::text FROM pg_proc p
  UNION ALL
  SELECT 'pg_type'::regclass::oid, t.oid, NULL, t.typname::text
  FROM pg_type t WHERE t.typtype IN ('d', 'e', 'r')
  UNION ALL
  SELECT 'pg_namespace'::regclass::oid, n.oid, NULL, n.nspname::text FROM pg_namespace n
)
SELECT n.catalog, n.oid, n.part,
       CASE WHEN k.word IS NULL THEN 'its name has to be quoted wherever it is used'
            ELSE 'its name is a reserved word, and has to be quoted' END
FROM named n
LEFT JOIN pg_get_keywords() k ON k.word = n.name AND k.catcode IN ('R', 'T')
WHERE n.oid >= 16384 AND (k.word IS NOT NULL OR n.name !~ '^[a-z_][a-z0-9_$]*$')";
