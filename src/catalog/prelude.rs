//! What every kind's reader needs to know first.

use std::collections::HashMap;

use tokio_postgres::{Client, Row};

use super::error::CatalogError;
use super::lanes::Query;
use crate::kind::{Reading, SequenceOptions, Serial};
use crate::model::Name;

/// Schemas that are not the system's. Temporary and TOAST schemas begin with `pg_`, as no other
/// may.
const SCHEMAS: &str = "
SELECT oid, nspname FROM pg_namespace
WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'";

/// What extensions own, and which one does.
const MEMBERS: &str = "SELECT classid, objid, refobjid FROM pg_depend WHERE deptype = 'e'";

/// The sequences that belong to columns: those behind identity columns, which have an internal
/// dependency on them; and those that may be as `serial` leaves them, of the usual name, with
/// nothing about them that `serial` does not give, on a column that is not null, and with the default
/// that the column then has. Each one's rows
/// are looked up by their keys (OFFSET 0 keeps the planner from anything else): a few lookups cost
/// less than a hash of all attributes, and on stale statistics the planner would join by type or by name
/// first, and multiply the catalog by itself.
/// <https://www.postgresql.org/docs/current/datatype-numeric.html#DATATYPE-SERIAL>
const SEQUENCES: &str = "
SELECT w.refobjid, w.refobjsubid::int2, s.seqrelid,
       CASE WHEN c.relname <> t.relname || '_' || a.attname || '_seq'
              OR c.relnamespace <> t.relnamespace THEN c.relname END,
       format_type(s.seqtypid, NULL), s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache,
       s.seqcycle, w.deptype = 'i',
       CASE WHEN w.deptype = 'a' AND a.attnotnull
             AND (c.relacl IS NULL OR c.relacl::text = acldefault('S', c.relowner)::text)
             AND c.relname = t.relname || '_' || a.attname || '_seq'
             AND c.relnamespace = t.relnamespace AND c.relowner = t.relowner
             AND c.relpersistence = t.relpersistence AND d.objoid IS NULL
             AND s.seqtypid = a.atttypid AND s.seqstart = 1 AND s.seqincrement = 1 AND s.seqmin = 1
             AND s.seqcache = 1 AND NOT s.seqcycle
             AND s.seqmax = CASE s.seqtypid WHEN 'int2'::regtype THEN 32767
                                            WHEN 'int4'::regtype THEN 2147483647
                                            ELSE 9223372036854775807 END
            THEN format('nextval(%L::regclass)', s.seqrelid::regclass::text) END
FROM pg_sequence s
CROSS JOIN LATERAL (SELECT * FROM pg_class c WHERE c.oid = s.seqrelid OFFSET 0) c
CROSS JOIN LATERAL (
  SELECT * FROM pg_depend w
  WHERE w.classid = 'pg_class'::regclass AND w.objid = s.seqrelid AND w.objsubid = 0
    AND w.refclassid = 'pg_class'::regclass AND w.deptype IN ('a', 'i') OFFSET 0) w
CROSS JOIN LATERAL (SELECT * FROM pg_class t WHERE t.oid = w.refobjid OFFSET 0) t
CROSS JOIN LATERAL (
  SELECT * FROM pg_attribute a WHERE a.attrelid = w.refobjid AND a.attnum = w.refobjsubid OFFSET 0) a
LEFT JOIN LATERAL (
  SELECT * FROM pg_description d
  WHERE d.classoid = 'pg_class'::regclass AND d.objoid = s.seqrelid AND d.objsubid = 0 OFFSET 0) d ON true";

/// The schemas that are read.
pub async fn schemas(client: &Client) -> Result<HashMap<u32, Name>, CatalogError> {
    let rows = client.query(SCHEMAS, &[]).await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, Name::from(row.try_get::<_, &str>(1)?)))).collect()
}

/// The queries whose rows [`decode`] takes.
pub fn queries(has_sequences: bool) -> Vec<Query> {
    let sequences = has_sequences.then(|| Query::whole(SEQUENCES));
    [Query::whole(MEMBERS)].into_iter().chain(sequences).collect()
}

/// Makes known what to leave out, and which of the sequences may be a column's.
pub fn decode(rows: &[Vec<Row>], reading: &mut Reading) -> Result<(), CatalogError> {
    let mut rows = rows.iter();
    let mut next = || rows.next().into_iter().flatten();
    let mut members = HashMap::new();
    for row in next() {
        members.insert((row.try_get(0)?, row.try_get(1)?), row.try_get(2)?);
    }
    let mut serials = HashMap::new();
    let mut identities = HashMap::new();
    for row in next() {
        let column = (row.try_get(0)?, row.try_get(1)?);
        if row.try_get(11)? {
            let mut options = SequenceOptions::read(row, 4)?;
            options.name = row.try_get::<_, Option<&str>>(3)?.map(Name::from);
            identities.insert(column, options);
        } else if let Some(default) = row.try_get(12)? {
            serials.insert(column, Serial { sequence: row.try_get(2)?, default });
        }
    }
    reading.set_members(members);
    reading.set_sequences(serials, identities);
    Ok(())
}
