//! A view that shows rows of a table with row security as its owner sees them.

use crate::lint::rule::{Find, Fix, Rule, Severity};

/// The rule.
pub const RULE: Rule = Rule {
    name: "view-bypasses-row-security",
    severity: Severity::Warning,
    usual: true,
    help: "give it `security_invoker = true`, from PostgreSQL 15 on, so that the policies for whoever asks hold; allow it where the view is what lets others see more",
    fix: Fix::ByHand,
    find: Find::Catalog(QUERY),
};

/// A view that is a barrier is made to be asked by those who may not read the table.
/// <https://www.postgresql.org/docs/current/sql-createview.html>
const QUERY: &str = "
SELECT 'pg_class'::regclass::oid, v.oid, NULL::text,
       format('the row security of %s counts for its owner, not for whoever asks',
              string_agg(DISTINCT t.oid::regclass::text, ', '))
FROM pg_class v
JOIN pg_rewrite r ON r.ev_class = v.oid
JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
 AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> v.oid
JOIN pg_class t ON t.oid = d.refobjid AND t.relkind IN ('r', 'p') AND t.relrowsecurity
WHERE v.relkind = 'v' AND v.oid >= 16384
  AND NOT EXISTS (SELECT FROM pg_options_to_table(v.reloptions) o
                  WHERE o.option_name IN ('security_invoker', 'security_barrier')
                    AND o.option_value::boolean)
GROUP BY v.oid";
