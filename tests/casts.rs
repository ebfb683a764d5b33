//! What the tool knows of the casts of PostgreSQL, against `pg_cast` of every major.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is how a failure is told")]

#[path = "support/lab.rs"]
mod lab;

use std::collections::BTreeMap;

use lab::Lab;
use pgconverge::sql::{cast_exists, stored_alike};

/// Every type that a column can have and that is no string, and every cast among these. What 18 brought
/// for `bytea` is left out: older majors do without.
const TYPES: &str = "
SELECT format_type(oid, NULL)::text FROM pg_type
WHERE typnamespace = 'pg_catalog'::regnamespace AND typtype IN ('b', 'r', 'm') AND typelem = 0
  AND typcategory <> 'S' AND oid NOT IN ('bytea'::regtype, 'xml'::regtype)";

fn casts() -> String {
    format!(
        "SELECT format_type(castsource, NULL)::text, format_type(casttarget, NULL)::text, castmethod = 'b' FROM pg_cast
         WHERE format_type(castsource, NULL) IN ({TYPES}) AND format_type(casttarget, NULL) IN ({TYPES})"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn built_in_casts_are_those_of_every_major() {
    let wanted = lab::wanted_majors();
    for major in (14..=18).filter(|major| wanted.is_empty() || wanted.contains(major)) {
        let lab = Lab::of_major(major).await;
        let session = lab.connect("postgres").await;
        let types = session.client.query(TYPES, &[]).await.unwrap();
        let types: Vec<String> = types.iter().map(|row| row.get(0)).collect();
        let casts = session.client.query(&casts(), &[]).await.unwrap();
        let casts: BTreeMap<(String, String), bool> =
            casts.iter().map(|row| ((row.get(0), row.get(1)), row.get(2))).collect();
        assert!(types.len() > 60 && casts.len() > 100, "{} and {}", types.len(), casts.len());
        let mut wrong = Vec::new();
        for from in &types {
            for to in types.iter().filter(|to| *to != from) {
                let cast = casts.get(&(from.clone(), to.clone())).copied();
                let alike = cast == Some(true);
                if cast_exists(from, to) != cast.is_some() || stored_alike(from, to) != alike {
                    wrong.push(format!("{from} to {to}: {cast:?}"));
                }
            }
        }
        assert!(wrong.is_empty(), "{major}: {wrong:#?}");
        session.close().await.unwrap();
        lab.stop().await;
    }
}
