//! All that the catalogs of a database hold, in a few bytes.

use std::fmt::Write;

use sha2::{Digest, Sha256};
use tokio_postgres::Client;

use super::error::CatalogError;
use crate::sql::quote_literal;

/// Every column of every system catalog, but those that are left out on purpose, as something that has a
/// hash: statistics and what VACUUM counts change without the schema; what only a superuser may read has
/// a view in [`BESIDE`], or says nothing of the schema; of `pg_shdepend` and `pg_database` most is
/// other databases'.
const COLUMNS: &str = "
SELECT c.relname::text,
       string_agg(CASE WHEN t.typname IN ('pg_node_tree', 'int2vector', 'pg_lsn')
                       THEN format('%I::text', a.attname) ELSE quote_ident(a.attname) END,
                  ', ' ORDER BY a.attnum)
FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type t ON t.oid = a.atttypid
WHERE c.relnamespace = 'pg_catalog'::regnamespace AND c.relkind = 'r'
  AND c.relname NOT IN ('pg_authid', 'pg_user_mapping', 'pg_statistic', 'pg_statistic_ext_data',
                        'pg_largeobject', 'pg_largeobject_metadata', 'pg_subscription',
                        'pg_subscription_rel', 'pg_replication_origin', 'pg_shdepend', 'pg_database')
  AND (c.relname::text, a.attname::text) NOT IN (
        ('pg_class', 'relpages'), ('pg_class', 'reltuples'), ('pg_class', 'relallvisible'),
        ('pg_class', 'relallfrozen'), ('pg_class', 'relfrozenxid'), ('pg_class', 'relminmxid'),
        ('pg_class', 'relfilenode'), ('pg_attribute', 'attcacheoff'),
        ('pg_attribute', 'attmissingval'), ('pg_index', 'indcheckxmin'))
GROUP BY c.relname
ORDER BY c.relname";

/// What a reading has from elsewhere.
const BESIDE: &str = "
SELECT concat_ws(E'\\n', current_user, version(),
  (SELECT ROW(oid, datname, datdba, encoding, dattablespace, datcollate, datctype, datacl)::text
   FROM pg_database WHERE datname = current_database()),
  (SELECT string_agg(ROW(oid, rolname, rolsuper)::text, ',' ORDER BY oid) FROM pg_roles),
  (SELECT string_agg(m::text, ',' ORDER BY umid) FROM pg_user_mappings m),
  (SELECT string_agg(ROW(name, default_version, comment)::text, ',' ORDER BY name)
   FROM pg_available_extensions WHERE installed_version IS NOT NULL))";

/// A hash of it: two that are equal were read from catalogs that are equal, row by row.
///
/// # Errors
/// A catalog that may not be read, a broken connection.
pub async fn read(client: &Client) -> Result<String, CatalogError> {
    let (columns, beside) =
        futures_util::try_join!(client.query(COLUMNS, &[]), client.query_one(BESIDE, &[]))?;
    let mut query = String::new();
    for row in columns {
        let (catalog, columns): (&str, &str) = (row.try_get(0)?, row.try_get(1)?);
        let separator = if query.is_empty() { "" } else { "\nUNION ALL " };
        // Rows have OIDs or keys: no two are equal, and undo each other in the sum of bits.
        let _ = write!(
            query,
            "{separator}SELECT {}, count(*),
             coalesce(bit_xor(hash_record_extended(ROW({columns}), 0)), 0)
             FROM pg_catalog.{catalog}",
            quote_literal(catalog)
        );
    }
    let mut hash = Sha256::new();
    hash.update(beside.try_get::<_, &str>(0)?);
    let mut sums = Vec::new();
    for row in client.query(&query, &[]).await? {
        sums.push((row.try_get::<_, String>(0)?, row.try_get(1)?, row.try_get(2)?));
    }
    // Workers in parallel end in any order.
    sums.sort();
    for (catalog, count, sum) in sums {
        let (count, sum): (i64, i64) = (count, sum);
        hash.update(catalog);
        hash.update(count.to_le_bytes());
        hash.update(sum.to_le_bytes());
    }
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}
