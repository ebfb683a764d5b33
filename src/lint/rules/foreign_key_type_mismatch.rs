//! A foreign key between columns of different types.

use crate::lint::rule::{Find, Fix, Rule, Severity};

/// The rule.
pub const RULE: Rule = Rule {
    name: "foreign-key-type-mismatch",
    severity: Severity::Warning,
    usual: true,
    help: "give both the same type: every comparison converts, and the narrower one ends first",
    fix: Fix::ByHand,
    find: Find::Catalog(QUERY),
};

/// Domains count as what they are over; text and varchar are the same to every index.
const QUERY: &str = "
SELECT 'pg_constraint'::regclass::oid, c.oid, NULL::text,
       format('%I is %s, and %I over there is %s', a.attname,
              format_type(a.atttypid, a.atttypmod), b.attname, format_type(b.atttypid, b.atttypmod))
FROM pg_constraint c
JOIN pg_class t ON t.oid = c.conrelid AND NOT t.relispartition
CROSS JOIN LATERAL unnest(c.conkey, c.confkey) k(own, other)
JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.own
JOIN pg_attribute b ON b.attrelid = c.confrelid AND b.attnum = k.other
JOIN pg_type x ON x.oid = a.atttypid
JOIN pg_type y ON y.oid = b.atttypid
CROSS JOIN LATERAL (SELECT coalesce(nullif(x.typbasetype, 0), x.oid) AS own,
                           coalesce(nullif(y.typbasetype, 0), y.oid) AS other) base
WHERE c.contype = 'f' AND c.conparentid = 0 AND c.oid >= 16384 AND base.own <> base.other
  AND NOT (base.own IN (25, 1043) AND base.other IN (25, 1043))";
