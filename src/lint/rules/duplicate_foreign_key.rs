//! Two foreign keys that say the same.

use crate::lint::rule::{Find, Fix, Rule, Severity};

/// The rule.
pub const RULE: Rule = Rule {
    name: "duplicate-foreign-key",
    severity: Severity::Warning,
    usual: true,
    help: "remove one of them: each row is looked up twice",
    fix: Fix::Remove,
    find: Find::Catalog(QUERY),
};

/// The first by name stays. Another one may go without harm if it says nothing that the first does not:
/// also what becomes of rows, and when they are looked at.
const QUERY: &str = "
WITH f AS (
  SELECT *, ARRAY[confupdtype::text, confdeltype::text, confmatchtype::text, condeferrable::text,
                  condeferred::text, to_jsonb(k) ->> 'confdelsetcols',
                  to_jsonb(k) ->> 'conenforced', to_jsonb(k) ->> 'conperiod'] AS manner
  FROM pg_constraint k
  WHERE contype = 'f' AND conparentid = 0 AND oid >= 16384
)
SELECT DISTINCT ON (a.oid) 'pg_constraint'::regclass::oid, a.oid, NULL::text,
       format(CASE WHEN a.manner = b.manner THEN 'it says what %I says'
                   ELSE 'it is over the same columns as %I, which does other things' END, b.conname),
       'pg_constraint'::regclass::oid, b.oid,
       a.manner = b.manner AND (b.convalidated OR NOT a.convalidated)
FROM f a
JOIN f b ON b.conrelid = a.conrelid AND b.confrelid = a.confrelid AND b.conname < a.conname
 AND b.conkey = a.conkey AND b.confkey = a.confkey
ORDER BY a.oid, b.conname";
