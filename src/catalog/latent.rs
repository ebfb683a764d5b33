//! What partitions have of their parents' indexes, keys and foreign keys: no objects, until a partition
//! leaves its parent and keeps them as its own.

use std::collections::HashMap;

use tokio_postgres::Row;

use super::error::CatalogError;
use super::lanes::Query;
use crate::kind::{Catalog, Reading};
use crate::model::{Address, Latent};

/// Attached indexes, with the keys that they are behind.
const INDEXES: &str = "
SELECT c.oid, h.inhparent, i.indrelid, c.relname, k.oid, k.conparentid
FROM pg_inherits h
JOIN pg_class c ON c.oid = h.inhrelid AND c.relkind IN ('i', 'I')
JOIN pg_index i ON i.indexrelid = c.oid
LEFT JOIN pg_constraint k ON k.conindid = c.oid AND k.conrelid = i.indrelid
                         AND k.contype IN ('p', 'u', 'x')
WHERE c.relnamespace = ANY ($1)";

/// Foreign keys that are there because the parent has one; not those that are there because the
/// table referred to has partitions.
const FOREIGN_KEYS: &str = "
SELECT k.oid, k.conparentid, k.conrelid, k.conname
FROM pg_constraint k
JOIN pg_constraint p ON p.oid = k.conparentid AND p.conrelid <> k.conrelid
WHERE k.contype = 'f' AND k.conparentid <> 0 AND k.connamespace = ANY ($1)";

/// The queries whose rows [`resolve`] takes.
pub fn queries() -> Vec<Query> {
    [INDEXES, FOREIGN_KEYS].map(Query::of_schemas).into()
}

/// Each with the object of the topmost parent that it is one of.
pub fn resolve(rows: &[Vec<Row>], reading: &Reading) -> Result<Vec<Latent>, CatalogError> {
    let [indexes, keys] = rows else { return Ok(Vec::new()) };
    // A child's row, its parent's row, its table and its name.
    let mut them: Vec<(Catalog, u32, u32, u32, &str)> = Vec::new();
    for row in indexes {
        let (relation, name) = (row.try_get(2)?, row.try_get(3)?);
        them.push(match (row.try_get(4)?, row.try_get(5)?) {
            (Some(key), Some(parent)) => (Catalog::PG_CONSTRAINT, key, parent, relation, name),
            _ => (Catalog::PG_CLASS, row.try_get(0)?, row.try_get(1)?, relation, name),
        });
    }
    for row in keys {
        let (oid, parent) = (row.try_get(0)?, row.try_get(1)?);
        them.push((Catalog::PG_CONSTRAINT, oid, parent, row.try_get(2)?, row.try_get(3)?));
    }
    let parents: HashMap<(Catalog, u32), u32> =
        them.iter().map(|(catalog, oid, parent, ..)| ((*catalog, *oid), *parent)).collect();
    let mut found = Vec::new();
    for (catalog, _, parent, relation, name) in them {
        let mut root = parent;
        while let Some(next) = parents.get(&(catalog, root)) {
            root = *next;
        }
        let (Some(of), Some(table)) =
            (reading.address(catalog, root), reading.address(Catalog::PG_CLASS, relation))
        else {
            continue;
        };
        let own = Address {
            schema: table.schema.clone(),
            relation: Some(table.name.clone()),
            name: name.into(),
            ..of.clone()
        };
        found.push(Latent { own, of: of.clone() });
    }
    Ok(found)
}
