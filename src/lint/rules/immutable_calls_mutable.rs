//! A function that promises more than what it is made of.

use crate::lint::rule::{Find, Fix, Rule, Severity};

/// The rule.
pub const RULE: Rule = Rule {
    name: "immutable-calls-mutable",
    severity: Severity::Error,
    usual: true,
    help: "declare it as volatile as what it uses: what is kept of its results, as in an index, goes wrong silently",
    fix: Fix::ByHand,
    find: Find::Catalog(QUERY),
};

/// Of a body that PostgreSQL keeps as a tree (`BEGIN ATOMIC` or `RETURN`), it knows which functions
/// and tables are used: the tree has their OIDs. What is in a string, nobody knows before it runs.
/// The codes of volatility sort as they weigh: i, s, v.
const QUERY: &str = "
SELECT 'pg_proc'::regclass::oid, p.oid, NULL::text,
       format('it is declared %s, and uses %s', v.word,
              string_agg(DISTINCT u.what, ', ' ORDER BY u.what))
FROM pg_proc p
JOIN (VALUES ('i', 'immutable'), ('s', 'stable')) v(code, word) ON v.code = p.provolatile::text
CROSS JOIN LATERAL (
  SELECT format('%s, which is %s', f.oid::regprocedure,
                CASE f.provolatile WHEN 's' THEN 'stable' ELSE 'volatile' END)
  FROM regexp_matches(p.prosqlbody::text, ':funcid ([0-9]+)', 'g') m
  JOIN pg_proc f ON f.oid = m[1]::oid
  WHERE f.provolatile > p.provolatile AND f.oid <> p.oid
  UNION
  SELECT format('%s, which is %s', o.oid::regoperator,
                CASE f.provolatile WHEN 's' THEN 'stable' ELSE 'volatile' END)
  FROM regexp_matches(p.prosqlbody::text, ':opno ([0-9]+)', 'g') m
  JOIN pg_operator o ON o.oid = m[1]::oid
  JOIN pg_proc f ON f.oid = o.oprcode
  WHERE f.provolatile > p.provolatile
  UNION
  SELECT format('the rows of %s', c.oid::regclass)
  FROM regexp_matches(p.prosqlbody::text, ':relid ([0-9]+)', 'g') m
  JOIN pg_class c ON c.oid = m[1]::oid AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
  WHERE p.provolatile = 'i'
) u(what)
WHERE p.prosqlbody IS NOT NULL AND p.oid >= 16384
GROUP BY p.oid, v.word";
