//! A column that a sequence feeds by its default, where an identity column would do.

use crate::lint::rule::{Find, Fix, Rule, Severity};

/// The rule.
pub const RULE: Rule = Rule {
    name: "serial-column",
    severity: Severity::Suggestion,
    usual: true,
    help: "use `identity = \"always\"` or `\"by default\"`, whose sequence needs no rights and no default of its own",
    fix: Fix::ByHand,
    find: Find::Catalog(QUERY),
};

const QUERY: &str = "
SELECT 'pg_class'::regclass::oid, a.attrelid, a.attname::text,
       'it is serial, where an identity column would do'
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p') AND NOT c.relispartition
WHERE a.attinhcount = 0 AND a.attidentity = '' AND c.reloftype = 0 AND a.attrelid >= 16384
  AND EXISTS (
    SELECT FROM pg_depend o
    JOIN pg_class s ON s.oid = o.objid AND s.relkind = 'S'
    JOIN pg_depend u ON u.refclassid = o.classid AND u.refobjid = o.objid
    JOIN pg_attrdef d ON u.classid = 'pg_attrdef'::regclass AND d.oid = u.objid
    WHERE o.classid = 'pg_class'::regclass AND o.deptype = 'a'
      AND o.refclassid = 'pg_class'::regclass AND o.refobjid = a.attrelid
      AND o.refobjsubid = a.attnum AND d.adrelid = a.attrelid AND d.adnum = a.attnum)";
