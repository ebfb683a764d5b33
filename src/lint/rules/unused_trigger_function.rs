//! A function for triggers that no trigger calls.

use crate::lint::rule::{Find, Fix, Rule, Severity};

/// The rule.
pub const RULE: Rule = Rule {
    name: "unused-trigger-function",
    severity: Severity::Warning,
    usual: true,
    help: "declare the trigger that was to call it, or remove the function",
    fix: Fix::ByHand,
    find: Find::Catalog(QUERY),
};

const QUERY: &str = "
SELECT 'pg_proc'::regclass::oid, p.oid, NULL::text, 'no trigger calls it'
FROM pg_proc p
WHERE p.prorettype IN ('trigger'::regtype, 'event_trigger'::regtype) AND p.oid >= 16384
  AND NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgfoid = p.oid)
  AND NOT EXISTS (SELECT FROM pg_event_trigger e WHERE e.evtfoid = p.oid)";
