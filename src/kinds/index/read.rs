//! Indexes from the catalog: elements are put together from columns, only expressions and
//! predicates are deparsed.

use tokio_postgres::Row;

use super::elements::{Elements, Names, Options};
use super::{Index, Indexes, attached};
use crate::kind::{Aside, DecodeError, Kind, Reading, ServerVersion, by_name};
use crate::model::{Name, Object};
use crate::sql::Fragment;

const OPERATOR_CLASSES: &str = "
SELECT o.oid, quote_ident(n.nspname), quote_ident(o.opcname), o.opcdefault, o.opcintype
FROM pg_opclass o JOIN pg_namespace n ON n.oid = o.opcnamespace
WHERE $1::oid[] IS NOT NULL";

/// Only collations that an index has and its column's type has not.
const COLLATIONS: &str = "
SELECT c.oid, quote_ident(n.nspname) || '.' || quote_ident(c.collname)
FROM pg_collation c JOIN pg_namespace n ON n.oid = c.collnamespace
WHERE $1::oid[] IS NOT NULL
  AND c.oid IN (SELECT unnest(indcollation::oid[]) FROM pg_index WHERE indrelid >= 16384)";

/// Options of operator classes, and statistics targets: few columns have either.
const OPTIONS: &str = "
SELECT a.attrelid, a.attnum, a.attoptions, a.attstattarget::int4
FROM pg_attribute a
WHERE $1::oid[] IS NOT NULL AND a.attrelid >= 16384 AND a.attnum > 0
  AND (a.attoptions IS NOT NULL OR a.attstattarget >= 0)";

/// The statements whose rows [`decode`] takes.
pub fn queries(version: ServerVersion) -> Vec<String> {
    let [classes, collations, options] = [OPERATOR_CLASSES, COLLATIONS, OPTIONS].map(str::to_owned);
    vec![classes, collations, options, query(version), attached::QUERY.to_owned()]
}

/// An index on a partition that is attached to one on the parent (`relispartition`) is the
/// parent's.
fn query(version: ServerVersion) -> String {
    let nulls_not_distinct = if version.major() >= 15 { "i.indnullsnotdistinct" } else { "false" };
    format!(
        "
SELECT i.indexrelid, i.indrelid, c.relname, i.indisunique, {nulls_not_distinct}, m.amname,
       i.indnkeyatts, i.indkey, i.indclass, i.indcollation, i.indoption, i.indisvalid, c.reloptions,
       CASE WHEN i.indpred IS NOT NULL THEN pg_get_expr(i.indpred, i.indrelid) END,
       CASE WHEN i.indexprs IS NOT NULL THEN
         ARRAY(SELECT pg_get_indexdef(i.indexrelid, n, false) FROM generate_series(1, i.indnkeyatts) n)
       END,
       CASE WHEN i.indexprs IS NOT NULL THEN
         ARRAY(SELECT t.typcollation FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
               WHERE a.attrelid = i.indexrelid ORDER BY a.attnum)
       END,
       CASE WHEN i.indexprs IS NOT NULL THEN
         ARRAY(SELECT a.atttypid FROM pg_attribute a
               WHERE a.attrelid = i.indexrelid ORDER BY a.attnum)
       END,
       d.description, s.spcname, i.indisclustered, c.relkind = 'I'
FROM pg_index i
JOIN pg_class c ON c.oid = i.indexrelid AND NOT c.relispartition
JOIN pg_am m ON m.oid = c.relam
LEFT JOIN pg_tablespace s ON s.oid = c.reltablespace
LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x')
LEFT JOIN pg_description d
  ON d.classoid = 'pg_class'::regclass AND d.objoid = c.oid AND d.objsubid = 0
WHERE c.relnamespace = ANY ($1) AND k.oid IS NULL"
    )
}

/// Rows of the five [`queries`].
pub fn decode(rows: Vec<Vec<Row>>, reading: &mut Reading) -> Result<(), DecodeError> {
    let mut rows = rows.into_iter();
    let mut next = || rows.next().unwrap_or_default();
    let names = Names::read(&next(), &next())?;
    let options = Options::read(&next())?;
    let (indexes, attached) = (next(), next());
    let of_keys = attached::of_keys(&attached)?;
    for row in &indexes {
        let takes_keys = of_keys.contains(&row.try_get(0)?);
        decode_index(row, &names, &options, takes_keys, reading)?;
    }
    attached.iter().try_for_each(|row| attached::decode(row, &options, reading))
}

fn decode_index(
    row: &Row,
    names: &Names,
    options: &Options,
    takes_keys: bool,
    reading: &mut Reading,
) -> Result<(), DecodeError> {
    let (oid, relation): (u32, u32) = (row.try_get(0)?, row.try_get(1)?);
    // An index on something that is no table, a materialized view, say, comes with that kind.
    let Some(address) = reading.on_relation(Indexes::TAG, relation, row.try_get(2)?) else {
        return Ok(());
    };
    let method: &str = row.try_get(5)?;
    let keys = usize::try_from(row.try_get::<_, i16>(6)?).unwrap_or_default();
    let numbers: Vec<i16> = row.try_get(7)?;
    let elements = Elements {
        index: oid,
        relation,
        numbers: &numbers,
        classes: row.try_get(8)?,
        collations: row.try_get(9)?,
        options: row.try_get(10)?,
        expressions: row.try_get::<_, Option<_>>(14)?.unwrap_or_default(),
        type_collations: row.try_get::<_, Option<_>>(15)?.unwrap_or_default(),
        types: row.try_get::<_, Option<_>>(16)?.unwrap_or_default(),
    };
    // On a partitioned table an index is invalid while a partition has none for it.
    let (valid, partitioned): (bool, bool) = (row.try_get(11)?, row.try_get(20)?);
    let spec = Index {
        attached_to: None,
        columns: (0..keys).map(|n| elements.element(n, method, names, options, reading)).collect(),
        only: partitioned && !valid,
        unique: row.try_get(3)?,
        nulls_not_distinct: row.try_get(4)?,
        using: (method != "btree").then(|| method.to_owned()),
        include: reading.column_names(relation, numbers.get(keys..).unwrap_or_default()),
        predicate: row.try_get::<_, Option<&str>>(13)?.map(Fragment::new),
        storage: by_name(row.try_get(12)?),
        tablespace: row.try_get::<_, Option<&str>>(18)?.map(Name::from),
        clustered: row.try_get(19)?,
        statistics: options.statistics(oid),
        partitioned: Aside(partitioned),
        takes_keys: Aside(takes_keys),
        invalid: !partitioned && !valid,
    };
    let object = Object::new(address, spec).with_comment(row.try_get(17)?);
    reading.add(Indexes::CATALOG, oid, object);
    Ok(())
}
