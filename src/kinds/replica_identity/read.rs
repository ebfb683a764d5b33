//! Replica identities from the catalog.

use tokio_postgres::Row;

use super::{Identity, ReplicaIdentities, ReplicaIdentity};
use crate::kind::{Catalog, DecodeError, Kind, Reading};
use crate::model::{Name, Object, Part};

/// Those that are not the default. A partition may have its index from its parent, whose index then
/// stands for it.
pub const QUERY: &str = "
SELECT c.oid, c.relreplident::text, coalesce(h.inhparent, i.indexrelid), x.relname
FROM pg_class c
LEFT JOIN (pg_index i JOIN pg_class x ON x.oid = i.indexrelid)
  ON i.indrelid = c.oid AND i.indisreplident
LEFT JOIN pg_inherits h ON h.inhrelid = i.indexrelid
WHERE c.relkind IN ('r', 'p') AND c.relreplident <> 'd' AND c.relnamespace = ANY ($1)";

/// One row of [`QUERY`].
pub fn decode(row: &Row, reading: &mut Reading) -> Result<(), DecodeError> {
    let relation: u32 = row.try_get(0)?;
    let Some(address) = reading.on_relation(ReplicaIdentities::TAG, relation, "") else {
        return Ok(());
    };
    let Some(table) = reading.address(Catalog::PG_CLASS, relation).cloned() else {
        return Ok(());
    };
    let index: Option<&str> = row.try_get(3)?;
    let spec = match (row.try_get(1)?, index) {
        ("f", _) => ReplicaIdentity { identity: Some(Identity::Full), index: None },
        ("n", _) => ReplicaIdentity { identity: Some(Identity::Nothing), index: None },
        (_, Some(index)) => ReplicaIdentity { identity: None, index: Some(Name::from(index)) },
        _ => {
            let what = format!("the replica identity of {table}, whose index is gone");
            reading.cannot_manage(table.schema.as_ref(), what);
            return Ok(());
        }
    };
    let own = Part::whole(&address);
    reading.depends(own.clone(), Part::whole(&table), true);
    let index = row.try_get::<_, Option<u32>>(2)?;
    let index = index.and_then(|index| reading.address(Catalog::PG_CLASS, index).cloned());
    if let Some(index) = index {
        reading.depends(own, Part::whole(&index), false);
    }
    reading.add(ReplicaIdentities::CATALOG, relation, Object::new(address, spec));
    Ok(())
}
