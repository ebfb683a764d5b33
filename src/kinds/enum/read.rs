//! Enum types from the catalog.

use tokio_postgres::Row;

use super::{Enum, Enums};
use crate::kind::{DecodeError, Kind, Reading};
use crate::model::{Address, Object};

/// There may be a type without values.
pub const QUERY: &str = "
SELECT t.oid, t.typnamespace, t.typname, t.typarray, e.labels, d.description
FROM pg_type t
LEFT JOIN (SELECT enumtypid, array_agg(enumlabel::text ORDER BY enumsortorder) AS labels
           FROM pg_enum GROUP BY enumtypid) e ON e.enumtypid = t.oid
LEFT JOIN pg_description d
  ON d.classoid = 'pg_type'::regclass AND d.objoid = t.oid AND d.objsubid = 0
WHERE t.typtype = 'e' AND t.typnamespace = ANY ($1)";

/// One row of [`QUERY`].
pub fn decode(row: &Row, reading: &mut Reading) -> Result<(), DecodeError> {
    let Some(schema) = reading.schema(row.try_get(1)?).cloned() else {
        return Ok(());
    };
    let address = Address::in_schema(Enums::TAG, &schema, &row.try_get::<_, &str>(2)?.into());
    let spec = Enum { values: row.try_get::<_, Option<_>>(4)?.unwrap_or_default() };
    let object = Object::new(address, spec).with_comment(row.try_get(5)?);
    reading.add_type(row.try_get(0)?, &[row.try_get(3)?], object);
    Ok(())
}
