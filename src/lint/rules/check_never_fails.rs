//! A check that no row can fail: a NULL in its list, say, makes "not in the list" unknown, which passes.

use crate::lint::rule::{Find, Rule, Severity};

/// The rule.
pub const RULE: Rule = Rule {
    name: "check-never-fails",
    severity: Severity::Error,
    usual: true,
    help: "remove what makes it true or unknown for every row, such as a NULL in the list: a null value passes a check anyway",
    find: Find::Proof(QUERY),
};

/// The planner is asked whether any row could make the expression false. The rows come from no
/// table, so that no other constraint has a say.
const QUERY: &str = "
SELECT CASE WHEN c.conrelid <> 0 THEN 'pg_constraint'::regclass::oid
            ELSE 'pg_type'::regclass::oid END,
       CASE WHEN c.conrelid <> 0 THEN c.oid ELSE c.contypid END, NULL::text,
       CASE WHEN c.conrelid <> 0 THEN 'no row can fail it' ELSE format('no value can fail its check %I', c.conname) END,
       NULL::oid, NULL::oid,
       CASE WHEN c.conrelid <> 0
            THEN format('SELECT FROM unnest(NULL::%s[]) AS %s WHERE NOT (%s)',
                        c.conrelid::regclass, quote_ident(k.relname),
                        pg_get_expr(c.conbin, c.conrelid))
            ELSE format('SELECT FROM unnest(NULL::%s[]) AS t(value) WHERE NOT (%s)',
                        format_type(d.typbasetype, d.typtypmod), pg_get_expr(c.conbin, 0)) END
FROM pg_constraint c
LEFT JOIN pg_class k ON k.oid = c.conrelid
LEFT JOIN pg_type d ON d.oid = c.contypid
WHERE c.contype = 'c' AND c.coninhcount = 0 AND c.oid >= 16384
  AND NOT EXISTS (SELECT FROM pg_type b WHERE b.oid = d.typbasetype AND b.typlen = -1
                    AND b.typelem <> 0)
ORDER BY c.oid";
