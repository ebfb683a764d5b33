//! A unique index of one partition without the partition key: others may have the same.

use crate::lint::rule::{Find, Fix, Rule, Severity};

/// The rule.
pub const RULE: Rule = Rule {
    name: "unique-within-partition",
    severity: Severity::Warning,
    usual: true,
    help: "put the partition key into it and declare it on the parent; allow it where the partition alone matters",
    fix: Fix::ByHand,
    find: Find::Catalog(QUERY),
};

/// PostgreSQL refuses such a key of the parent, and takes one of a partition.
const QUERY: &str = "
SELECT CASE WHEN k.oid IS NULL THEN 'pg_class'::regclass::oid
            ELSE 'pg_constraint'::regclass::oid END,
       coalesce(k.oid, x.indexrelid), NULL::text,
       format('it is unique in this partition alone: it lacks %s, by which %s is partitioned',
              string_agg(DISTINCT quote_ident(a.attname), ', '), h.inhparent::regclass)
FROM pg_index x
JOIN pg_class c ON c.oid = x.indexrelid AND NOT c.relispartition
JOIN pg_inherits h ON h.inhrelid = x.indrelid
JOIN pg_partitioned_table p ON p.partrelid = h.inhparent
LEFT JOIN pg_constraint k ON k.conindid = x.indexrelid AND k.contype IN ('p', 'u')
CROSS JOIN generate_series(1, p.partnatts) n
JOIN pg_attribute o ON o.attrelid = h.inhparent AND o.attnum = p.partattrs[n - 1]
JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attname = o.attname
WHERE x.indisunique AND NOT x.indisexclusion AND x.indexrelid >= 16384
  AND NOT EXISTS (SELECT FROM generate_series(1, x.indnkeyatts) m
                  WHERE x.indkey[m - 1] = a.attnum)
GROUP BY k.oid, x.indexrelid, h.inhparent";
