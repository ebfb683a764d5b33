//! Questions that the planner answers: whether any row could meet a condition.

/// One for each check of a table or a domain, with the check's expression in `$condition`. The rows come from
/// no table, so that no other constraint has a say; an array of arrays cannot be asked about.
macro_rules! checks {
    ($condition:literal, $of_rows:literal, $of_values:literal) => {
        concat!(
            "
SELECT CASE WHEN c.conrelid <> 0 THEN 'pg_constraint'::regclass::oid
            ELSE 'pg_type'::regclass::oid END,
       CASE WHEN c.conrelid <> 0 THEN c.oid ELSE c.contypid END, NULL::text,
       CASE WHEN c.conrelid <> 0 THEN '",
            $of_rows,
            "' ELSE format('",
            $of_values,
            "', c.conname) END,
       NULL::oid, NULL::oid,
       CASE WHEN c.conrelid <> 0
            THEN format('SELECT FROM unnest(NULL::%s[]) AS %s WHERE ",
            $condition,
            "',
                        c.conrelid::regclass, quote_ident(k.relname),
                        pg_get_expr(c.conbin, c.conrelid))
            ELSE format('SELECT FROM unnest(NULL::%s[]) AS t(value) WHERE ",
            $condition,
            "',
                        format_type(d.typbasetype, d.typtypmod), pg_get_expr(c.conbin, 0)) END
FROM pg_constraint c
LEFT JOIN pg_class k ON k.oid = c.conrelid
LEFT JOIN pg_type d ON d.oid = c.contypid
WHERE c.contype = 'c' AND c.coninhcount = 0 AND c.oid >= 16384
  AND NOT EXISTS (SELECT FROM pg_type b WHERE b.oid = d.typbasetype AND b.typlen = -1
                    AND b.typelem <> 0)
ORDER BY c.oid"
        )
    };
}

pub(super) use checks;
