//! A domain with checks, which are hard to change once tables use it.

use crate::lint::rule::{Find, Fix, Rule, Severity};

/// The rule.
pub const RULE: Rule = Rule {
    name: "domain-with-check",
    severity: Severity::Suggestion,
    usual: false,
    help: "put the check on the tables, where it can be validated while others go on",
    fix: Fix::ByHand,
    find: Find::Catalog(QUERY),
};

/// <https://www.postgresql.org/docs/current/sql-alterdomain.html#SQL-ALTERDOMAIN-NOTES>
const QUERY: &str = "
SELECT 'pg_type'::regclass::oid, c.contypid, NULL::text,
       'a change of its checks reads every table that uses it, and keeps writers waiting'
FROM pg_constraint c
WHERE c.contypid <> 0 AND c.contype = 'c' AND c.oid >= 16384
GROUP BY c.contypid";
