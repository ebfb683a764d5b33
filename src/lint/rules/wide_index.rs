//! An index of more than three columns that is not unique.

use crate::lint::rule::{Find, Fix, Rule, Severity};

/// The rule.
pub const RULE: Rule = Rule {
    name: "wide-index",
    severity: Severity::Suggestion,
    usual: false,
    help: "the first columns usually find the rows already; every write pays for the others",
    fix: Fix::ByHand,
    find: Find::Catalog(QUERY),
};

const QUERY: &str = "
SELECT 'pg_class'::regclass::oid, x.indexrelid, NULL::text,
       format('it has %s columns', x.indnkeyatts)
FROM pg_index x
JOIN pg_class c ON c.oid = x.indexrelid AND NOT c.relispartition
JOIN pg_am m ON m.oid = c.relam AND m.amname = 'btree'
WHERE NOT x.indisunique AND x.indnkeyatts > 3 AND x.indexrelid >= 16384";
