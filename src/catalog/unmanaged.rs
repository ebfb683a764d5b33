//! What a database holds that no kind manages: named, so that nobody takes silence for agreement.

use tokio_postgres::Row;

use super::error::CatalogError;
use super::lanes::Query;
use crate::kind::{Catalog, Reading};

/// One row for each object of the catalogs that no kind reads, what extensions and other objects
/// own apart.
const QUERY: &str = "
SELECT 1247::oid, t.oid, t.typnamespace,
       CASE WHEN t.typisdefined THEN 'base type' ELSE 'shell type' END, t.typname::text, true
FROM pg_type t
WHERE t.typnamespace = ANY ($1) AND (t.typelem = 0 AND t.typtype = 'b' OR NOT t.typisdefined)
UNION ALL
SELECT 2607, c.oid, c.connamespace, 'conversion', c.conname::text, true
FROM pg_conversion c WHERE c.connamespace = ANY ($1)
UNION ALL
SELECT 3602, c.oid, c.cfgnamespace, 'text search configuration', c.cfgname::text, true
FROM pg_ts_config c WHERE c.cfgnamespace = ANY ($1)
UNION ALL
SELECT 3600, c.oid, c.dictnamespace, 'text search dictionary', c.dictname::text, true
FROM pg_ts_dict c WHERE c.dictnamespace = ANY ($1)
UNION ALL
SELECT 3601, c.oid, c.prsnamespace, 'text search parser', c.prsname::text, true
FROM pg_ts_parser c WHERE c.prsnamespace = ANY ($1)
UNION ALL
SELECT 3764, c.oid, c.tmplnamespace, 'text search template', c.tmplname::text, true
FROM pg_ts_template c WHERE c.tmplnamespace = ANY ($1)
UNION ALL
SELECT 2612, l.oid, NULL, 'language', l.lanname::text, true FROM pg_language l WHERE l.oid >= 16384
UNION ALL
SELECT 2605, c.oid, NULL, 'cast',
       format_type(c.castsource, NULL) || ' AS ' || format_type(c.casttarget, NULL), false
FROM pg_cast c LEFT JOIN pg_range r ON r.rngtypid = c.castsource AND r.rngmultitypid = c.casttarget
WHERE c.oid >= 16384 AND r.rngtypid IS NULL";

/// The query whose rows [`name`] takes.
pub fn query() -> Query {
    Query::of_schemas(QUERY)
}

/// Names each one in `reading`.
pub fn name(rows: &[Vec<Row>], reading: &mut Reading) -> Result<(), CatalogError> {
    for row in rows.iter().flatten() {
        let (catalog, oid): (u32, u32) = (row.try_get(0)?, row.try_get(1)?);
        if reading.is_member(Catalog(catalog), oid) {
            continue;
        }
        let schema = row.try_get::<_, Option<u32>>(2)?.and_then(|oid| reading.schema(oid).cloned());
        let (what, name): (&str, &str) = (row.try_get(3)?, row.try_get(4)?);
        let name =
            if row.try_get(5)? { crate::sql::quote_identifier(name) } else { name.to_owned() };
        let what = match &schema {
            Some(schema) => format!("{what} {schema}.{name}"),
            None => format!("{what} {name}"),
        };
        reading.cannot_manage(schema.as_ref(), what);
    }
    Ok(())
}
