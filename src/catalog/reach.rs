//! How far the rows of a table have come.

use tokio_postgres::Client;

use super::error::CatalogError;
use crate::kind::Reached;
use crate::model::{Address, Name};
use crate::sql::Sql;

/// Whether all rows may be read: a statement that is refused would end the snapshot. A column that is
/// no number is another one than the rule is about: the table is to be made anew.
const MAY_READ: &str = "
SELECT has_schema_privilege(n.oid, 'USAGE') AND has_column_privilege(c.oid, a.attnum, 'SELECT')
       AND NOT row_security_active(c.oid)
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND NOT a.attisdropped
JOIN pg_type t ON t.oid = a.atttypid
WHERE n.nspname = $1 AND c.relname = $2 AND a.attname = $3 AND c.relkind = 'p'
  AND coalesce(nullif(t.typbasetype, 0), t.oid)
      IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype, 'numeric'::regtype)";

/// Asks the rows of a partitioned table, the last partition first.
pub async fn read(
    client: &Client,
    table: &Address,
    column: &Name,
) -> Result<Reached, CatalogError> {
    let schema = table.schema.as_deref().unwrap_or_default();
    let row = client.query_opt(MAY_READ, &[&schema, &&*table.name, &&**column]).await?;
    match row.map(|row| row.try_get(0)).transpose()? {
        None => return Ok(Reached::Nowhere),
        Some(false) => return Ok(Reached::Unknown),
        Some(true) => {}
    }
    // Neither NULL nor NaN is less than anything.
    let highest = Sql::new("SELECT floor(")
        .identifier(column)
        .raw("::numeric)::text FROM ")
        .raw(&table.qualified())
        .raw(" WHERE ")
        .identifier(column)
        .raw("::numeric < 'Infinity' ORDER BY ")
        .identifier(column)
        .raw(" DESC LIMIT 1");
    let row = client.query_opt(highest.as_str(), &[]).await?;
    let key = row.map(|row| row.try_get(0)).transpose()?;
    Ok(key.map_or(Reached::Nowhere, Reached::Key))
}
