//! Materialized views from the catalog.

use indexmap::IndexMap;
use tokio_postgres::Row;

use super::{Column, MaterializedView, MaterializedViews};
use crate::kind::{
    Aside, Catalog, DecodeError, Kind, Reading, query_columns, storage, tuning::Tuning,
};
use crate::model::{Address, Name, Object, Part};
use crate::sql::Fragment;

/// A materialized view is a relation with a rule of this name.
pub const VIEWS: &str = "
SELECT c.oid, r.oid, c.relnamespace, c.relname, c.reloptions, o.reloptions, pg_get_viewdef(c.oid),
       d.description, c.relispopulated, nullif(m.amname, 'heap'), s.spcname,
       CASE WHEN c.reltablespace <> 0
            THEN (SELECT u.spcname FROM pg_database b JOIN pg_tablespace u ON u.oid = b.dattablespace
                  WHERE b.datname = current_database()) END
FROM pg_class c
JOIN pg_rewrite r ON r.ev_class = c.oid AND r.rulename = '_RETURN'
JOIN pg_am m ON m.oid = c.relam
LEFT JOIN pg_tablespace s ON s.oid = c.reltablespace
LEFT JOIN pg_class o ON o.oid = c.reltoastrelid AND o.reloptions IS NOT NULL
LEFT JOIN pg_description d
  ON d.classoid = 'pg_class'::regclass AND d.objoid = c.oid AND d.objsubid = 0
WHERE c.relkind = 'm' AND c.relnamespace = ANY ($1)";

pub fn columns() -> String {
    let tuning = "
       CASE WHEN a.attstorage <> t.typstorage OR a.attcompression <> '' OR a.attstattarget >= 0
            THEN ARRAY[nullif(a.attstorage, t.typstorage)::text, t.typstorage::text,
                       a.attcompression::text, nullif(a.attstattarget, -1)::text] END,
       a.attoptions";
    query_columns::query("m", tuning)
}

/// Rows of [`columns`], then of [`VIEWS`].
pub fn decode(rows: Vec<Vec<Row>>, reading: &mut Reading) -> Result<(), DecodeError> {
    let mut rows = rows.into_iter();
    let mut columns = query_columns::decode(rows.next().unwrap_or_default(), reading)?;
    for row in rows.next().unwrap_or_default() {
        let oid: u32 = row.try_get(0)?;
        let Some(schema) = reading.schema(row.try_get(2)?).cloned() else { continue };
        let name: Name = row.try_get::<_, &str>(3)?.into();
        let address = Address::in_schema(MaterializedViews::TAG, &schema, &name);
        let of = columns.remove(&oid).unwrap_or_default();
        let mut column = IndexMap::new();
        for it in of.columns {
            let words: Option<Vec<Option<&str>>> = it.row.try_get(query_columns::OWN)?;
            let options = it.row.try_get(query_columns::OWN + 1)?;
            let tuning = Tuning::read(&words.unwrap_or_default(), options)?.unwrap_or_default();
            let said = Column {
                storage: tuning.storage,
                compression: tuning.compression,
                statistics: tuning.statistics,
                options: tuning.options,
                usual: tuning.usual,
                comment: it.comment,
            };
            if said != Column::default() {
                column.insert(it.name, said);
            }
        }
        let spec = MaterializedView {
            columns: Vec::new(),
            using: row.try_get::<_, Option<&str>>(9)?.map(Name::from),
            storage: storage::read(row.try_get(4)?, row.try_get(5)?),
            tablespace: row.try_get::<_, Option<&str>>(10)?.map(Name::from),
            usual_tablespace: Aside(row.try_get::<_, Option<&str>>(11)?.map(Name::from)),
            populated: row.try_get(8)?,
            query: Fragment::new(query_columns::query_text(row.try_get(6)?)),
            column,
            output: of.output,
        };
        if !reading.is_member(MaterializedViews::CATALOG, oid) {
            let rule = row.try_get(1)?;
            reading.alias(Catalog::PG_REWRITE, rule, Part::whole(&address));
        }
        let object = Object::new(address, spec).with_comment(row.try_get(7)?);
        reading.add(MaterializedViews::CATALOG, oid, object);
    }
    Ok(())
}
