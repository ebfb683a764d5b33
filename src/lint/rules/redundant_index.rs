//! An index that another one, or a key, makes superfluous.

use crate::lint::rule::{Find, Fix, Rule, Severity};

/// The rule.
pub const RULE: Rule = Rule {
    name: "redundant-index",
    severity: Severity::Warning,
    usual: true,
    help: "drop it: every write pays for it, and the other one serves the same queries",
    fix: Fix::Remove,
    find: Find::Catalog(QUERY),
};

/// An index is superfluous beside another with the same predicate whose key begins with its own, in
/// the same order or in the opposite one throughout; that has what it includes; and that is as
/// unique. What a foreign key, a replica identity or CLUSTER goes by stays, and so does a primary key.
/// Another operator class or collation makes another index.
///
/// One with the same columns does nothing that the other does not. A shorter one is read faster, and a
/// constraint has a name that statements may speak of: those are for people to decide.
const QUERY: &str = "
WITH i AS (
  SELECT x.indexrelid, x.indrelid, c.relname, c.relam, a.amname, x.indisunique, x.indnkeyatts AS n,
         x.indnatts, x.indisreplident OR x.indisclustered AS wanted, k.oid AS key, k.contype,
         coalesce(k.condeferrable, false) AS deferrable,
         to_jsonb(x) ->> 'indnullsnotdistinct' AS nulls,
         pg_get_expr(x.indpred, x.indrelid) AS predicate,
         ARRAY(SELECT format('%s %s %s', pg_get_indexdef(x.indexrelid, p, false),
                             x.indclass[p - 1], x.indcollation[p - 1])
               FROM generate_series(1, x.indnkeyatts) p ORDER BY p) AS elements,
         ARRAY(SELECT x.indoption[p - 1]::int FROM generate_series(1, x.indnkeyatts) p
               ORDER BY p) AS options,
         ARRAY(SELECT 3 - x.indoption[p - 1]::int FROM generate_series(1, x.indnkeyatts) p
               ORDER BY p) AS backwards,
         ARRAY(SELECT x.indkey[p - 1]::int FROM generate_series(1, x.indnatts) p) AS columns,
         ARRAY(SELECT x.indkey[p - 1]::int
               FROM generate_series(x.indnkeyatts + 1, x.indnatts) p) AS included
  FROM pg_index x
  JOIN pg_class c ON c.oid = x.indexrelid AND NOT c.relispartition
  JOIN pg_am a ON a.oid = c.relam
  LEFT JOIN pg_constraint k ON k.conindid = x.indexrelid AND k.contype IN ('p', 'u', 'x')
  WHERE x.indexrelid >= 16384
)
SELECT DISTINCT ON (a.indexrelid)
       CASE WHEN a.key IS NULL THEN 'pg_class'::regclass::oid
            ELSE 'pg_constraint'::regclass::oid END,
       coalesce(a.key, a.indexrelid), NULL::text,
       format(CASE WHEN a.n = b.n THEN '%I does all that it does'
                   ELSE '%I begins with the same columns' END, b.relname),
       CASE WHEN b.key IS NULL THEN 'pg_class'::regclass::oid
            ELSE 'pg_constraint'::regclass::oid END,
       coalesce(b.key, b.indexrelid), a.n = b.n AND a.key IS NULL
FROM i a JOIN i b ON b.indrelid = a.indrelid AND b.indexrelid <> a.indexrelid
 AND b.relam = a.relam AND b.predicate IS NOT DISTINCT FROM a.predicate
WHERE a.contype IS DISTINCT FROM 'p' AND a.contype IS DISTINCT FROM 'x'
  AND b.contype IS DISTINCT FROM 'x' AND NOT a.wanted
  AND NOT EXISTS (SELECT FROM pg_constraint f WHERE f.contype = 'f' AND f.conindid = a.indexrelid)
  AND a.elements = b.elements[1:a.n] AND (a.amname = 'btree' OR a.n = b.n)
  AND (a.options = b.options[1:a.n] OR a.amname = 'btree' AND a.backwards = b.options[1:a.n])
  AND a.included <@ b.columns
  AND (NOT a.indisunique
       OR b.indisunique AND b.n = a.n AND b.nulls IS NOT DISTINCT FROM a.nulls
          AND b.deferrable = a.deferrable)
  AND (a.n < b.n
       OR (a.key IS NULL, NOT a.indisunique, -a.indnatts, a.relname)
          > (b.key IS NULL, NOT b.indisunique, -b.indnatts, b.relname)
       OR b.contype = 'p')
ORDER BY a.indexrelid, b.contype = 'p' DESC NULLS LAST, b.n, b.relname";
