//! A unique key of several columns, one of which may be null: rows with a null are never the same.

use crate::lint::rule::{Find, Fix, Rule, Severity};

/// The rule.
pub const RULE: Rule = Rule {
    name: "nullable-unique",
    severity: Severity::Warning,
    usual: true,
    help: "make the columns NOT NULL; or say `nulls_not_distinct = true`, from PostgreSQL 15 on; or make it a partial index that says which rows are meant",
    fix: Fix::ByHand,
    find: Find::Catalog(QUERY),
};

/// One column that is null or unique is what it looks like. Of several, a null in one lets the others
/// repeat. Where all may be null, rows have the whole key or none.
const QUERY: &str = "
SELECT CASE WHEN k.oid IS NULL THEN 'pg_class'::regclass::oid
            ELSE 'pg_constraint'::regclass::oid END,
       coalesce(k.oid, x.indexrelid), NULL::text,
       format('rows where %s is null may repeat',
              string_agg(quote_ident(a.attname), ' or ' ORDER BY n.n))
FROM pg_index x
JOIN pg_class c ON c.oid = x.indexrelid AND NOT c.relispartition
JOIN pg_class t ON t.oid = x.indrelid AND t.relkind IN ('r', 'p')
LEFT JOIN pg_constraint k ON k.conindid = x.indexrelid AND k.contype IN ('p', 'u', 'x')
CROSS JOIN generate_series(1, x.indnkeyatts) n(n)
JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = x.indkey[n.n - 1]
WHERE x.indisunique AND x.indnkeyatts > 1 AND x.indpred IS NULL AND NOT a.attnotnull
  AND (to_jsonb(x) ->> 'indnullsnotdistinct') IS DISTINCT FROM 'true' AND x.indexrelid >= 16384
GROUP BY k.oid, x.indexrelid, x.indrelid, x.indnkeyatts
HAVING count(*) < x.indnkeyatts";
