//! An enum type, which a check over a list of texts could be.

use crate::lint::rule::{Find, Fix, Rule, Severity};

/// The rule.
pub const RULE: Rule = Rule {
    name: "enum-instead-of-check",
    severity: Severity::Suggestion,
    usual: false,
    help: "a column of type text with a check takes new values, and loses old ones, without a new type",
    fix: Fix::ByHand,
    find: Find::Catalog(QUERY),
};

const QUERY: &str = "
SELECT 'pg_type'::regclass::oid, t.oid, NULL::text, 'a check over text would be easier to change'
FROM pg_type t WHERE t.typtype = 'e' AND t.oid >= 16384";
