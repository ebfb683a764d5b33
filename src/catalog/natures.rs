//! What only a server knows of columns.

use tokio_postgres::Client;

use super::error::CatalogError;
use crate::kind::{Catalog, Reading};
use crate::model::{Nature, Natures, Part, Underneath};

/// The tree of a default has the OIDs of the functions that it calls.
const QUERY: &str = r"
WITH RECURSIVE domains (domain, base, modifier, constrained) AS (
  SELECT t.oid, t.oid, -1, false FROM pg_type t WHERE t.typtype = 'd'
  UNION ALL
  SELECT d.domain, t.typbasetype, t.typtypmod,
         d.constrained OR t.typnotnull OR EXISTS (SELECT FROM pg_constraint k WHERE k.contypid = t.oid)
  FROM domains d JOIN pg_type t ON t.oid = d.base AND t.typtype = 'd'
), underneath AS (
  SELECT d.domain, d.base AS oid, format_type(d.base, d.modifier) AS base, d.constrained
  FROM domains d JOIN pg_type t ON t.oid = d.base AND t.typtype <> 'd'
), enums AS (
  SELECT t.oid FROM pg_type t LEFT JOIN pg_type e ON e.oid = t.typelem WHERE 'e' IN (t.typtype, e.typtype)
), read_as AS (
  SELECT castsource, casttarget FROM pg_cast
  WHERE castmethod = 'b' AND castcontext <> 'e' AND greatest(castsource, casttarget) >= 16384
), own AS (
  SELECT t.oid,
         ARRAY(SELECT format_type(r.castsource, NULL) FROM read_as r WHERE r.casttarget = t.oid
               ORDER BY 1) AS read_from,
         ARRAY(SELECT format_type(r.casttarget, NULL) FROM read_as r WHERE r.castsource = t.oid
               ORDER BY 1) AS read_as
  FROM pg_type t
  WHERE t.oid >= 16384
    AND t.oid IN (SELECT castsource FROM read_as UNION ALL SELECT casttarget FROM read_as)
)
SELECT a.attrelid, a.attname::text, v.volatile, v.checked, u.base, u.constrained,
       n.oid IS NOT NULL, o.read_from, o.read_as
FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                   AND a.attgenerated = ''
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef e ON e.adrelid = a.attrelid AND e.adnum = a.attnum
LEFT JOIN underneath u ON u.domain = a.atttypid
LEFT JOIN enums n ON n.oid = coalesce(u.oid, a.atttypid)
LEFT JOIN own o ON o.oid = coalesce(u.oid, a.atttypid)
CROSS JOIN LATERAL (SELECT coalesce(e.adbin, t.typdefaultbin)::text) x(tree)
CROSS JOIN LATERAL (
  SELECT position('funcid ' IN x.tree) > 0
         AND EXISTS (SELECT FROM regexp_matches(x.tree, ':(?:op)?funcid ([0-9]+)', 'g') m
                     JOIN pg_proc f ON f.oid = m[1]::oid AND f.provolatile = 'v'),
         EXISTS (SELECT FROM pg_constraint k
                 WHERE k.conrelid = a.attrelid AND k.contype = 'c' AND a.attnum = ANY (k.conkey))
) v(volatile, checked)
WHERE c.relkind IN ('r', 'p') AND c.relnamespace = ANY ($1)
  AND (v.volatile OR v.checked OR u.domain IS NOT NULL OR n.oid IS NOT NULL OR o.oid IS NOT NULL)";

/// The natures of all columns that were read.
pub async fn read(client: &Client, reading: &Reading) -> Result<Natures, CatalogError> {
    let mut natures = Natures::new();
    for row in client.query(QUERY, &[&reading.schema_oids()]).await? {
        let Some(table) = reading.address(Catalog::PG_CLASS, row.try_get(0)?) else { continue };
        let column = row.try_get::<_, &str>(1)?.into();
        let domain = row.try_get::<_, Option<String>>(4)?.zip(row.try_get(5)?);
        let nature = Nature {
            volatile: row.try_get::<_, Option<bool>>(2)?.unwrap_or_default(),
            checked: row.try_get(3)?,
            domain: domain.map(|(data_type, constrained)| Underneath { data_type, constrained }),
            enumerated: row.try_get(6)?,
            read_from: row.try_get::<_, Option<_>>(7)?.unwrap_or_default(),
            read_as: row.try_get::<_, Option<_>>(8)?.unwrap_or_default(),
        };
        natures.insert(Part::column(table, &column), nature);
    }
    Ok(natures)
}
