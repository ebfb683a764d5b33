//! What every kind's reader needs to know first.

use std::collections::{HashMap, HashSet};

use tokio_postgres::Client;

use super::error::CatalogError;
use crate::kind::{Reading, SequenceOptions};
use crate::model::Name;

/// Schemas that are not the system's. Temporary and TOAST schemas begin with `pg_`, as no other
/// may.
const SCHEMAS: &str = "
SELECT oid, nspname FROM pg_namespace
WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'";

/// What extensions own.
const MEMBERS: &str = "SELECT classid, objid FROM pg_depend WHERE deptype = 'e'";

/// Columns that are just as `serial` leaves them: an owned sequence of the usual name, with
/// nothing about it that `serial` does not give, feeding a column that is not null.
/// <https://www.postgresql.org/docs/current/datatype-numeric.html#DATATYPE-SERIAL>
const SERIALS: &str = "
SELECT a.attrelid, a.attnum, s.seqrelid
FROM pg_sequence s
JOIN pg_class c ON c.oid = s.seqrelid
JOIN pg_depend w ON w.classid = 'pg_class'::regclass AND w.objid = s.seqrelid AND w.objsubid = 0
                AND w.refclassid = 'pg_class'::regclass AND w.deptype = 'a'
JOIN pg_class t ON t.oid = w.refobjid
JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = w.refobjsubid
JOIN pg_attrdef e ON e.adrelid = t.oid AND e.adnum = a.attnum
LEFT JOIN pg_description d ON d.classoid = 'pg_class'::regclass AND d.objoid = c.oid
WHERE c.relname = t.relname || '_' || a.attname || '_seq' AND c.relnamespace = t.relnamespace
  AND c.relowner = t.relowner AND c.relacl IS NULL AND c.relpersistence = t.relpersistence
  AND d.objoid IS NULL AND a.attnotnull AND s.seqtypid = a.atttypid
  AND s.seqstart = 1 AND s.seqincrement = 1 AND s.seqmin = 1 AND s.seqcache = 1 AND NOT s.seqcycle
  AND s.seqmax = CASE s.seqtypid WHEN 'int2'::regtype THEN 32767 WHEN 'int4'::regtype THEN 2147483647
                                 ELSE 9223372036854775807 END
  AND pg_get_expr(e.adbin, e.adrelid) = format('nextval(%L::regclass)', c.oid::regclass::text)";

/// The sequences behind identity columns, which have an internal dependency on them.
const IDENTITIES: &str = "
SELECT w.refobjid, w.refobjsubid::int2, s.seqrelid,
       CASE WHEN c.relname <> t.relname || '_' || a.attname || '_seq'
              OR c.relnamespace <> t.relnamespace THEN c.relname END,
       format_type(s.seqtypid, NULL), s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache,
       s.seqcycle
FROM pg_sequence s
JOIN pg_class c ON c.oid = s.seqrelid
JOIN pg_depend w ON w.classid = 'pg_class'::regclass AND w.objid = s.seqrelid AND w.objsubid = 0
                AND w.refclassid = 'pg_class'::regclass AND w.deptype = 'i'
JOIN pg_class t ON t.oid = w.refobjid
JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = w.refobjsubid";

/// A reading that knows the schemas, what to leave out, and which sequences are a column's.
pub async fn read(client: &Client) -> Result<Reading, CatalogError> {
    let (schemas, members, serials, identities) = futures_util::try_join!(
        client.query(SCHEMAS, &[]),
        client.query(MEMBERS, &[]),
        client.query(SERIALS, &[]),
        client.query(IDENTITIES, &[])
    )?;
    let mut names = HashMap::with_capacity(schemas.len());
    for row in schemas {
        names.insert(row.try_get(0)?, Name::from(row.try_get::<_, &str>(1)?));
    }
    let mut owned = HashSet::with_capacity(members.len());
    for row in members {
        owned.insert((row.try_get(0)?, row.try_get(1)?));
    }
    let mut sequences = HashMap::with_capacity(serials.len());
    for row in serials {
        sequences.insert((row.try_get(0)?, row.try_get(1)?), row.try_get(2)?);
    }
    let mut behind = HashMap::with_capacity(identities.len());
    for row in identities {
        let mut options = SequenceOptions::read(&row, 4)?;
        options.name = row.try_get::<_, Option<&str>>(3)?.map(Name::from);
        behind.insert((row.try_get(0)?, row.try_get(1)?), options);
    }
    let mut reading = Reading::new(names, owned, sequences);
    reading.set_identities(behind);
    Ok(reading)
}
