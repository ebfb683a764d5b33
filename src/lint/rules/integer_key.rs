//! A key that a sequence counts up, of a type whose end can be reached.

use crate::lint::rule::{Find, Fix, Rule, Severity};

/// The rule.
pub const RULE: Rule = Rule {
    name: "integer-key",
    severity: Severity::Suggestion,
    usual: true,
    help: "use bigint, unless it is certain that there will never be so many rows, those deleted included: changing it later rewrites the table, and all that reference it",
    fix: Fix::ByHand,
    find: Find::Catalog(QUERY),
};

const QUERY: &str = "
SELECT DISTINCT 'pg_class'::regclass::oid, a.attrelid, a.attname::text,
       format('it can count to %s', CASE a.atttypid WHEN 21 THEN '32,767' ELSE '2,147,483,647' END)
FROM pg_index x
JOIN pg_class c ON c.oid = x.indrelid AND c.relkind IN ('r', 'p') AND NOT c.relispartition
JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = ANY (x.indkey)
JOIN pg_depend o ON o.classid = 'pg_class'::regclass AND o.refclassid = 'pg_class'::regclass
 AND o.refobjid = a.attrelid AND o.refobjsubid = a.attnum AND o.deptype IN ('a', 'i')
JOIN pg_sequence s ON s.seqrelid = o.objid
WHERE x.indisprimary AND a.atttypid IN (21, 23) AND NOT s.seqcycle
  AND a.attrelid >= 16384";
