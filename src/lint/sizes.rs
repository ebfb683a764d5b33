//! How large what rules find is in a database.

use std::collections::HashMap;

use tokio_postgres::Client;

use super::error::LintError;
use super::finding::Finding;
use super::rules::{REDUNDANT_INDEX, WIDE_INDEX};

/// The rules whose findings have a size: it is what they cost.
const SIZED: [&str; 2] = [REDUNDANT_INDEX.name, WIDE_INDEX.name];

/// An index, with those of all partitions. A constraint has an index of its own name. Of a database
/// that does not have it nothing is said.
const QUERY: &str = "
SELECT w.n, pg_size_pretty(CASE WHEN c.relkind = 'i' THEN pg_relation_size(c.oid)
                           ELSE (SELECT sum(pg_relation_size(p.relid))::bigint
                                 FROM pg_partition_tree(c.oid) p) END)
FROM unnest($1::text[], $2::text[]) WITH ORDINALITY w(schema, name, n)
JOIN pg_namespace s ON s.nspname = w.schema
JOIN pg_class c ON c.relnamespace = s.oid AND c.relname = w.name AND c.relkind IN ('i', 'I')";

/// Says of the indexes among the findings how large they are in the database that `client` is
/// connected to.
///
/// # Errors
/// A query that the server refuses.
pub async fn add_sizes(findings: &mut [Finding], client: &Client) -> Result<(), LintError> {
    let mut sized: Vec<&mut Finding> =
        findings.iter_mut().filter(|finding| SIZED.contains(&finding.rule)).collect();
    let addresses = sized.iter().map(|finding| finding.part.as_ref().map(|part| &part.address));
    let (schemas, names): (Vec<_>, Vec<_>) = addresses
        .map(|address| {
            let schema = address.and_then(|address| address.schema.as_deref());
            (schema, address.map(|address| &*address.name))
        })
        .unzip();
    let rows = client.query(QUERY, &[&schemas, &names]).await;
    let failed = |source| LintError::Query { rule: REDUNDANT_INDEX.name, source };
    let mut sizes: HashMap<i64, String> = HashMap::new();
    for row in rows.map_err(failed)? {
        sizes.insert(row.try_get(0).map_err(failed)?, row.try_get(1).map_err(failed)?);
    }
    for (n, finding) in (1..).zip(&mut sized) {
        if let Some(size) = sizes.get(&n) {
            finding.message.push_str(&format!("; it takes {size}"));
        }
    }
    Ok(())
}
