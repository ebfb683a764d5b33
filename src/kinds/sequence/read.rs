//! Sequences from the catalog.

use tokio_postgres::Row;

use super::Sequences;
use crate::kind::{DecodeError, Kind, Reading, Sequence, SequenceOptions};
use crate::model::{Address, Name, Object};
use crate::sql::{Fragment, quote_identifier};

/// A sequence with an internal dependency ('i') belongs to an identity column; one with an
/// automatic one ('a') is OWNED BY a column.
/// <https://www.postgresql.org/docs/current/catalog-pg-depend.html>
pub const QUERY: &str = "
SELECT c.oid, c.relnamespace, c.relname, format_type(s.seqtypid, NULL), s.seqstart, s.seqincrement,
       s.seqmin, s.seqmax, s.seqcache, s.seqcycle, o.relname, a.attname, d.description,
       c.relpersistence = 'u'
FROM pg_sequence s
JOIN pg_class c ON c.oid = s.seqrelid
LEFT JOIN LATERAL (
  SELECT * FROM pg_depend w
  WHERE w.classid = 'pg_class'::regclass AND w.objid = s.seqrelid AND w.objsubid = 0
    AND w.refclassid = 'pg_class'::regclass AND w.refobjsubid > 0 AND w.deptype IN ('a', 'i')
  OFFSET 0) w ON true
LEFT JOIN LATERAL (SELECT * FROM pg_class o WHERE o.oid = w.refobjid OFFSET 0) o ON true
LEFT JOIN LATERAL (
  SELECT * FROM pg_attribute a WHERE a.attrelid = w.refobjid AND a.attnum = w.refobjsubid
  OFFSET 0) a ON true
LEFT JOIN pg_description d
  ON d.classoid = 'pg_class'::regclass AND d.objoid = c.oid AND d.objsubid = 0
WHERE c.relnamespace = ANY ($1) AND w.deptype IS DISTINCT FROM 'i'";

/// One row of [`QUERY`].
pub fn decode(row: &Row, reading: &mut Reading) -> Result<(), DecodeError> {
    let oid: u32 = row.try_get(0)?;
    let Some(schema) = reading.schema(row.try_get(1)?).cloned() else {
        return Ok(());
    };
    let name: Name = row.try_get::<_, &str>(2)?.into();
    let data_type: &str = row.try_get(3)?;
    let owner: Option<(&str, &str)> = row.try_get::<_, Option<&str>>(10)?.zip(row.try_get(11)?);
    let owned_by = owner.map(|(table, column)| {
        Fragment::new(format!("{}.{}", quote_identifier(table), quote_identifier(column)))
    });
    let data_type = (data_type != "bigint").then(|| Fragment::new(data_type));
    let mut spec = Sequence::new(data_type, &SequenceOptions::read(row, 3)?, owned_by);
    spec.unlogged = row.try_get(13)?;
    let object = Object::new(Address::in_schema(Sequences::TAG, &schema, &name), spec)
        .with_comment(row.try_get(12)?);
    reading.add_sequence(oid, object);
    Ok(())
}
