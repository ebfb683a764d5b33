//! Foreign tables from the catalog.

use std::collections::HashMap;

use indexmap::IndexMap;
use tokio_postgres::Row;

use super::{Column, ForeignTable, ForeignTables};
use crate::kind::{ColumnFacts, DecodeError, ForeignOptions, Kind, Reading, Secrecy};
use crate::model::{Address, Name, Object};
use crate::sql::Fragment;

/// A partition, or a child by inheritance, is named and not managed.
pub const TABLES: &str = "
SELECT c.oid, c.relnamespace, c.relname, s.srvname, f.ftoptions,
       c.oid IN (SELECT inhrelid FROM pg_inherits), d.description
FROM pg_foreign_table f
JOIN pg_class c ON c.oid = f.ftrelid
JOIN pg_foreign_server s ON s.oid = f.ftserver
LEFT JOIN pg_description d
  ON d.classoid = 'pg_class'::regclass AND d.objoid = c.oid AND d.objsubid = 0
WHERE c.relnamespace = ANY ($1)";

pub const COLUMNS: &str = "
SELECT a.attrelid, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), a.atttypid,
       a.attcollation,
       CASE WHEN a.attcollation <> t.typcollation
            THEN quote_ident(n.nspname) || '.' || quote_ident(l.collname) END,
       a.attnotnull, a.attgenerated <> '', pg_get_expr(e.adbin, e.adrelid), a.attfdwoptions,
       d.description
FROM pg_foreign_table f
JOIN pg_attribute a ON a.attrelid = f.ftrelid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN (pg_collation l JOIN pg_namespace n ON n.oid = l.collnamespace) ON l.oid = a.attcollation
LEFT JOIN pg_attrdef e ON e.adrelid = a.attrelid AND e.adnum = a.attnum
LEFT JOIN pg_description d
  ON d.classoid = 'pg_class'::regclass AND d.objoid = a.attrelid AND d.objsubid = a.attnum
WHERE $1::oid[] IS NOT NULL
ORDER BY a.attrelid, a.attnum";

/// The rows of both.
pub fn decode(rows: Vec<Vec<Row>>, reading: &mut Reading) -> Result<(), DecodeError> {
    let mut rows = rows.into_iter();
    let (tables, columns) = (rows.next().unwrap_or_default(), rows.next().unwrap_or_default());
    let mut of: HashMap<u32, (IndexMap<Name, Column>, Vec<ColumnFacts>)> = HashMap::new();
    for row in columns {
        let (columns, facts) = of.entry(row.try_get(0)?).or_default();
        let name: Name = row.try_get::<_, &str>(2)?.into();
        facts.push(ColumnFacts {
            number: row.try_get(1)?,
            name: name.clone(),
            type_oid: row.try_get(4)?,
            collation: row.try_get(5)?,
        });
        columns.insert(name, column(&row)?);
    }
    for row in tables {
        let oid: u32 = row.try_get(0)?;
        let Some(schema) = reading.schema(row.try_get(1)?).cloned() else { continue };
        let name: Name = row.try_get::<_, &str>(2)?.into();
        let address = Address::in_schema(ForeignTables::TAG, &schema, &name);
        if row.try_get(5)? {
            let what = format!("{address}, which inherits from another table");
            reading.cannot_manage(Some(&schema), what);
            continue;
        }
        let (column, facts) = of.remove(&oid).unwrap_or_default();
        let spec = ForeignTable {
            server: row.try_get::<_, &str>(3)?.into(),
            options: ForeignOptions::read(row.try_get(4)?, Secrecy::ByName),
            column,
        };
        reading.add_columns(oid, facts);
        let object = Object::new(address, spec).with_comment(row.try_get(6)?);
        reading.add(ForeignTables::CATALOG, oid, object);
    }
    Ok(())
}

fn column(row: &Row) -> Result<Column, DecodeError> {
    let expression = row.try_get::<_, Option<&str>>(9)?.map(Fragment::new);
    let (generated, default) =
        if row.try_get(8)? { (expression, None) } else { (None, expression) };
    Ok(Column {
        data_type: Fragment::new(row.try_get::<_, &str>(3)?),
        collation: row.try_get::<_, Option<&str>>(6)?.map(Fragment::new),
        generated,
        not_null: row.try_get(7)?,
        default,
        options: ForeignOptions::read(row.try_get(10)?, Secrecy::None),
        comment: row.try_get(11)?,
    })
}
