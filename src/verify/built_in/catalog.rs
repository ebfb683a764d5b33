//! What the catalog says of indexes and constraints.

use tokio_postgres::Client;

use super::Reach;
use crate::catalog::CatalogError;
use crate::verify::failure::Failure;

/// `$1`: the schemas, or null.
const INDEXES: &str = "
SELECT n.nspname || '.' || t.relname,
       format('%s on %s is %s', i.indexrelid::regclass, i.indrelid::regclass,
              CASE WHEN NOT i.indisready THEN 'not ready' ELSE 'not valid' END)
FROM pg_index i
JOIN pg_class t ON t.oid = i.indrelid
JOIN pg_namespace n ON n.oid = t.relnamespace
WHERE NOT (i.indisvalid AND i.indisready AND i.indislive)
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND ($1::text[] IS NULL OR n.nspname = ANY ($1))
ORDER BY 1, 2";

const CONSTRAINTS: &str = "
SELECT n.nspname || '.' || coalesce(t.relname, d.typname),
       format('%I on %s is not validated', c.conname,
              CASE WHEN c.conrelid <> 0 THEN c.conrelid::regclass::text
                   ELSE c.contypid::regtype::text END)
FROM pg_constraint c
JOIN pg_namespace n ON n.oid = c.connamespace
LEFT JOIN pg_class t ON t.oid = c.conrelid
LEFT JOIN pg_type d ON d.oid = c.contypid
WHERE NOT c.convalidated
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND ($1::text[] IS NULL OR n.nspname = ANY ($1))
ORDER BY 1, 2";

pub async fn indexes(client: &Client, reach: &Reach) -> Result<Option<Failure>, CatalogError> {
    let found = found(client, reach, INDEXES).await?;
    let message = "these indexes serve no query, or are not complete";
    Ok((!found.is_empty()).then(|| Failure::new(message).found(found)))
}

pub async fn constraints(client: &Client, reach: &Reach) -> Result<Option<Failure>, CatalogError> {
    let found = found(client, reach, CONSTRAINTS).await?;
    let message = "rows may be there that do not meet these constraints";
    Ok((!found.is_empty()).then(|| Failure::new(message).found(found)))
}

/// The lines of a query whose rows are the name of a relation and a line.
pub async fn found(
    client: &Client,
    reach: &Reach,
    question: &str,
) -> Result<Vec<String>, CatalogError> {
    let mut lines = Vec::new();
    for row in client.query(question, &[&reach.schemas]).await? {
        let relation: &str = row.try_get(0)?;
        if !reach.ignores(relation) {
            lines.push(row.try_get(1)?);
        }
    }
    Ok(lines)
}
