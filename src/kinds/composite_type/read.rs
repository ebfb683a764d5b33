//! Composite types from the catalog.

use std::collections::HashMap;

use indexmap::IndexMap;
use tokio_postgres::Row;

use super::{Attribute, CompositeType, CompositeTypes};
use crate::kind::{Aside, Catalog, ColumnFacts, DecodeError, Kind, Reading};
use crate::model::{Address, Name, Object, Part};
use crate::sql::Fragment;

pub const TYPES: &str = "
SELECT t.oid, t.typnamespace, t.typname, t.typarray, c.oid, d.description, o.reloftype IS NOT NULL
FROM pg_class c
JOIN pg_type t ON t.oid = c.reltype
LEFT JOIN (SELECT DISTINCT reloftype FROM pg_class WHERE reloftype <> 0) o ON o.reloftype = t.oid
LEFT JOIN pg_description d
  ON d.classoid = 'pg_type'::regclass AND d.objoid = t.oid AND d.objsubid = 0
WHERE c.relkind = 'c' AND c.relnamespace = ANY ($1)";

pub const ATTRIBUTES: &str = "
SELECT a.attrelid, a.attnum, a.attname, a.atttypid, a.attcollation,
       format_type(a.atttypid, a.atttypmod),
       CASE WHEN a.attcollation <> 0 AND a.attcollation <> t.typcollation
            THEN quote_ident(n.nspname) || '.' || quote_ident(o.collname) END,
       d.description
FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN (pg_collation o JOIN pg_namespace n ON n.oid = o.collnamespace)
  ON o.oid = a.attcollation AND a.attcollation <> t.typcollation
LEFT JOIN pg_description d
  ON d.classoid = 'pg_class'::regclass AND d.objoid = a.attrelid AND d.objsubid = a.attnum
WHERE c.relkind = 'c' AND c.relnamespace = ANY ($1)
ORDER BY a.attrelid, a.attnum";

/// Rows of [`TYPES`], then of [`ATTRIBUTES`].
pub fn decode(rows: Vec<Vec<Row>>, reading: &mut Reading) -> Result<(), DecodeError> {
    let mut rows = rows.into_iter();
    let types = rows.next().unwrap_or_default();
    let mut attributes: HashMap<u32, Vec<Row>> = HashMap::new();
    for row in rows.next().unwrap_or_default() {
        attributes.entry(row.try_get(0)?).or_default().push(row);
    }
    for row in types {
        let Some(schema) = reading.schema(row.try_get(1)?) else { continue };
        let name: Name = row.try_get::<_, &str>(2)?.into();
        let address = Address::in_schema(CompositeTypes::TAG, schema, &name);
        let (oid, relation): (u32, u32) = (row.try_get(0)?, row.try_get(4)?);
        let mut spec =
            CompositeType { attribute: IndexMap::new(), has_tables: Aside(row.try_get(6)?) };
        let mut facts = Vec::new();
        for row in attributes.remove(&relation).unwrap_or_default() {
            let name: Name = row.try_get::<_, &str>(2)?.into();
            let attribute = Attribute {
                data_type: Fragment::new(row.try_get::<_, &str>(5)?),
                collation: row.try_get::<_, Option<&str>>(6)?.map(Fragment::new),
                comment: row.try_get(7)?,
            };
            spec.attribute.insert(name.clone(), attribute);
            facts.push(ColumnFacts {
                number: row.try_get(1)?,
                name,
                type_oid: row.try_get(3)?,
                collation: row.try_get(4)?,
            });
        }
        if !reading.is_member(CompositeTypes::CATALOG, oid) {
            // Attributes, and whoever uses the type, are dependencies of the relation behind it.
            reading.alias(Catalog::PG_CLASS, relation, Part::whole(&address));
            reading.add_columns(relation, facts);
        }
        let object = Object::new(address, spec).with_comment(row.try_get(5)?);
        reading.add_type(oid, &[row.try_get(3)?], object);
    }
    Ok(())
}
