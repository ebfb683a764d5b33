//! Range types from the catalog.

use tokio_postgres::Row;

use super::statements::usual_multirange;
use super::{RangeType, RangeTypes};
use crate::kind::{DecodeError, Kind, Reading};
use crate::model::{Address, Name, Object};
use crate::sql::{Fragment, quote_identifier};

/// A function of `pg_catalog`, or an operator class of it, shows without its schema.
pub const QUERY: &str = "
SELECT t.oid, t.typnamespace, t.typname, ARRAY[t.typarray, m.oid, m.typarray],
       format_type(r.rngsubtype, NULL),
       CASE WHEN NOT o.opcdefault
            THEN CASE WHEN n.nspname = 'pg_catalog' THEN '' ELSE quote_ident(n.nspname) || '.' END
                 || quote_ident(o.opcname) END,
       CASE WHEN r.rngcollation <> s.typcollation
            THEN quote_ident(k.nspname) || '.' || quote_ident(c.collname) END,
       r.rngcanonical <> 0, CASE WHEN r.rngsubdiff <> 0 THEN r.rngsubdiff::text END,
       m.typname, q.nspname, m.typnamespace = t.typnamespace, d.description,
       obj_description(m.oid, 'pg_type') IS NOT NULL,
       EXISTS (SELECT FROM pg_depend e JOIN pg_proc p ON p.oid = e.objid
               WHERE e.refclassid = 'pg_type'::regclass AND e.refobjid IN (t.oid, m.oid)
                 AND e.classid = 'pg_proc'::regclass AND e.deptype = 'i'
                 AND (p.proname, p.pronamespace)
                     <> (CASE e.refobjid WHEN t.oid THEN t.typname ELSE m.typname END,
                         CASE e.refobjid WHEN t.oid THEN t.typnamespace ELSE m.typnamespace END))
FROM pg_range r
JOIN pg_type t ON t.oid = r.rngtypid
JOIN pg_type m ON m.oid = r.rngmultitypid
JOIN pg_namespace q ON q.oid = m.typnamespace
JOIN pg_type s ON s.oid = r.rngsubtype
JOIN pg_opclass o ON o.oid = r.rngsubopc
JOIN pg_namespace n ON n.oid = o.opcnamespace
LEFT JOIN (pg_collation c JOIN pg_namespace k ON k.oid = c.collnamespace)
  ON c.oid = r.rngcollation AND r.rngcollation <> s.typcollation
LEFT JOIN pg_description d
  ON d.classoid = 'pg_type'::regclass AND d.objoid = t.oid AND d.objsubid = 0
WHERE t.typnamespace = ANY ($1)";

/// One row of [`QUERY`].
pub fn decode(row: &Row, reading: &mut Reading) -> Result<(), DecodeError> {
    let Some(schema) = reading.schema(row.try_get(1)?).cloned() else {
        return Ok(());
    };
    let name: Name = row.try_get::<_, &str>(2)?.into();
    let address = Address::in_schema(RangeTypes::TAG, &schema, &name);
    let multirange: &str = row.try_get(9)?;
    let beside: bool = row.try_get(11)?;
    let elsewhere = format!("{}.", quote_identifier(row.try_get(10)?));
    let prefix = if beside { "" } else { elsewhere.as_str() };
    let spec = RangeType {
        subtype: Fragment::new(row.try_get::<_, &str>(4)?),
        subtype_opclass: row.try_get::<_, Option<&str>>(5)?.map(Fragment::new),
        collation: row.try_get::<_, Option<&str>>(6)?.map(Fragment::new),
        subtype_diff: row.try_get::<_, Option<&str>>(8)?.map(Fragment::new),
        multirange: (!beside || *multirange != *usual_multirange(&name))
            .then(|| Fragment::new(format!("{prefix}{}", quote_identifier(multirange)))),
        misnamed: row.try_get(14)?,
    };
    let beyond = [(7, "the canonical function"), (13, "the comment on the multirange type")];
    for (index, what) in beyond {
        if row.try_get(index)? {
            reading.cannot_manage(Some(&schema), format!("{what} of {address}"));
        }
    }
    let others: Vec<u32> = row.try_get(3)?;
    let object = Object::new(address, spec).with_comment(row.try_get(12)?);
    reading.add_type(row.try_get(0)?, &others, object);
    Ok(())
}
