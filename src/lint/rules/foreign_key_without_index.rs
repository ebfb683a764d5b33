//! A foreign key whose columns no index leads to.

use crate::lint::rule::{Find, Fix, Rule, Severity};

/// The rule.
pub const RULE: Rule = Rule {
    name: "foreign-key-without-index",
    severity: Severity::Warning,
    usual: true,
    help: "add an index that begins with these columns: without one, every DELETE, or UPDATE of a key, over there reads this whole table",
    fix: Fix::ByHand,
    find: Find::Catalog(QUERY),
};

/// An index does if its key begins with the columns in any order; a partial one, if it leaves out
/// nothing but nulls, which reference nothing.
const QUERY: &str = "
SELECT 'pg_constraint'::regclass::oid, c.oid, NULL::text,
       format('no index begins with %s', (
         SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY k.n)
         FROM unnest(c.conkey) WITH ORDINALITY k(number, n)
         JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.number))
FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid
WHERE c.contype = 'f' AND c.conparentid = 0 AND NOT t.relispartition AND c.oid >= 16384
  AND NOT EXISTS (
    SELECT FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_am m ON m.oid = i.relam
    WHERE x.indrelid = c.conrelid AND m.amname IN ('btree', 'hash')
      AND x.indnkeyatts >= cardinality(c.conkey)
      AND ARRAY(SELECT x.indkey[n - 1] FROM generate_series(1, cardinality(c.conkey)) n) @> c.conkey
      AND (x.indpred IS NULL OR pg_get_expr(x.indpred, x.indrelid) IN (
        SELECT format('(%I IS NOT NULL)', a.attname) FROM pg_attribute a
        WHERE a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey))))";
