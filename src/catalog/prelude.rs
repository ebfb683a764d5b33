//! What every kind's reader needs to know first.

use std::collections::HashMap;

use tokio_postgres::Client;

use super::error::CatalogError;
use crate::kind::{Reading, SequenceOptions};
use crate::model::Name;

/// Schemas that are not the system's. Temporary and TOAST schemas begin with `pg_`, as no other
/// may.
const SCHEMAS: &str = "
SELECT oid, nspname FROM pg_namespace
WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'";

/// What extensions own, and which one does.
const MEMBERS: &str = "SELECT classid, objid, refobjid FROM pg_depend WHERE deptype = 'e'";

/// Columns that are just as `serial` leaves them: an owned sequence of the usual name, with
/// nothing about it that `serial` does not give, feeding a column that is not null. The inner
/// query joins by keys alone, and OFFSET 0 keeps it apart: on stale statistics the planner would
/// else join by type or by name first, and multiply the catalog by itself.
/// <https://www.postgresql.org/docs/current/datatype-numeric.html#DATATYPE-SERIAL>
const SERIALS: &str = "
SELECT x.refobjid, x.refobjsubid, x.seqrelid
FROM (SELECT s.*, w.refobjid, w.refobjsubid::int2, c.relname AS sequence_name,
             c.relnamespace AS sequence_schema, c.relowner AS sequence_owner,
             c.relpersistence AS sequence_persistence, t.relname, t.relnamespace, t.relowner,
             t.relpersistence, a.attname, a.atttypid, e.adbin, d.objoid AS commented
      FROM pg_sequence s
      JOIN pg_class c ON c.oid = s.seqrelid
                     AND (c.relacl IS NULL OR c.relacl::text = acldefault('S', c.relowner)::text)
      JOIN pg_depend w ON w.classid = 'pg_class'::regclass AND w.objid = s.seqrelid
                      AND w.objsubid = 0 AND w.refclassid = 'pg_class'::regclass
                      AND w.deptype = 'a'
      JOIN pg_class t ON t.oid = w.refobjid
      JOIN pg_attribute a ON a.attrelid = w.refobjid AND a.attnum = w.refobjsubid AND a.attnotnull
      JOIN pg_attrdef e ON e.adrelid = w.refobjid AND e.adnum = w.refobjsubid
      LEFT JOIN pg_description d ON d.classoid = 'pg_class'::regclass AND d.objoid = s.seqrelid
                                AND d.objsubid = 0
      OFFSET 0) x
WHERE x.sequence_name = x.relname || '_' || x.attname || '_seq'
  AND x.sequence_schema = x.relnamespace AND x.sequence_owner = x.relowner
  AND x.sequence_persistence = x.relpersistence AND x.commented IS NULL
  AND x.seqtypid = x.atttypid AND x.seqstart = 1 AND x.seqincrement = 1 AND x.seqmin = 1
  AND x.seqcache = 1 AND NOT x.seqcycle
  AND x.seqmax = CASE x.seqtypid WHEN 'int2'::regtype THEN 32767
                                 WHEN 'int4'::regtype THEN 2147483647
                                 ELSE 9223372036854775807 END
  AND pg_get_expr(x.adbin, x.refobjid) = format('nextval(%L::regclass)', x.seqrelid::regclass::text)";

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

/// A reading that knows the schemas, what to leave out, and which of the sequences, if there are
/// any, are a column's.
pub async fn read(client: &Client, has_sequences: bool) -> Result<Reading, CatalogError> {
    let of_sequences = |query: &'static str| async move {
        if has_sequences { client.query(query, &[]).await } else { Ok(Vec::new()) }
    };
    let (schemas, members, serials, identities) = futures_util::try_join!(
        client.query(SCHEMAS, &[]),
        client.query(MEMBERS, &[]),
        of_sequences(SERIALS),
        of_sequences(IDENTITIES)
    )?;
    let mut names = HashMap::with_capacity(schemas.len());
    for row in schemas {
        names.insert(row.try_get(0)?, Name::from(row.try_get::<_, &str>(1)?));
    }
    let mut owned = HashMap::with_capacity(members.len());
    for row in members {
        owned.insert((row.try_get(0)?, row.try_get(1)?), row.try_get(2)?);
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
