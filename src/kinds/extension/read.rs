//! Extensions from the catalog.

use tokio_postgres::Row;

use super::{DEFAULT_SCHEMA, Extension, Extensions, Server};
use crate::kind::{DecodeError, Kind, Reading};
use crate::model::{Address, Name, Object};

/// `plpgsql` is in every new database. What the server could install comes from the control files
/// on its disk, which are there for those that are installed, as a rule. `$1` is not asked for: an
/// extension is in no schema.
pub const QUERY: &str = "
SELECT e.oid, e.extname, n.nspname, e.extversion, e.extrelocatable, a.default_version, a.comment,
       CASE WHEN a.name IS NOT NULL
            THEN (SELECT array_agg(u.target) FROM pg_extension_update_paths(e.extname) u
                  WHERE u.source = e.extversion AND u.path IS NOT NULL) END,
       d.description
FROM pg_extension e
JOIN pg_namespace n ON n.oid = e.extnamespace
LEFT JOIN pg_available_extensions() a ON a.name = e.extname
LEFT JOIN pg_description d ON d.classoid = 'pg_extension'::regclass AND d.objoid = e.oid
WHERE e.extname <> 'plpgsql' AND $1::oid[] IS NOT NULL";

/// One row of [`QUERY`]. The comment that an extension comes with is nobody's wish.
pub fn decode(row: &Row, reading: &mut Reading) -> Result<(), DecodeError> {
    let schema: &str = row.try_get(2)?;
    let server = Server {
        relocatable: row.try_get(4)?,
        default_version: row.try_get(5)?,
        comment: row.try_get(6)?,
        reachable: row.try_get::<_, Option<_>>(7)?.unwrap_or_default(),
    };
    let comment: Option<String> = row.try_get(8)?;
    let comment = comment.filter(|comment| server.comment.as_ref() != Some(comment));
    let spec = Extension {
        schema: Some(Name::from(schema)).filter(|schema| &**schema != DEFAULT_SCHEMA),
        version: row.try_get(3)?,
        server,
    };
    let name: Name = row.try_get::<_, &str>(1)?.into();
    let object = Object::new(Address::global(Extensions::TAG, &name), spec).with_comment(comment);
    reading.add(Extensions::CATALOG, row.try_get(0)?, object);
    Ok(())
}
