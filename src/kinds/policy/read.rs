//! Policies from the catalog.

use tokio_postgres::Row;

use super::{Command, Policies, Policy};
use crate::kind::{DecodeError, Kind, Reading};
use crate::model::{Name, Object};
use crate::sql::Fragment;

/// In `polroles`, 0 is PUBLIC.
pub const QUERY: &str = "
SELECT p.oid, p.polrelid, p.polname, p.polcmd::text, p.polpermissive,
       ARRAY(SELECT r.rolname::text FROM pg_roles r WHERE r.oid = ANY (p.polroles) ORDER BY 1),
       pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid), d.description
FROM pg_policy p
JOIN pg_class c ON c.oid = p.polrelid
LEFT JOIN pg_description d
  ON d.classoid = 'pg_policy'::regclass AND d.objoid = p.oid AND d.objsubid = 0
WHERE c.relnamespace = ANY ($1)";

/// One row of [`QUERY`].
pub fn decode(row: &Row, reading: &mut Reading) -> Result<(), DecodeError> {
    let relation: u32 = row.try_get(1)?;
    let Some(address) = reading.on_relation(Policies::TAG, relation, row.try_get(2)?) else {
        return Ok(());
    };
    let mut roles: Vec<Name> =
        row.try_get::<_, Vec<String>>(5)?.into_iter().map(Name::from).collect();
    roles.sort();
    let spec = Policy {
        command: match row.try_get(3)? {
            "r" => Command::Select,
            "a" => Command::Insert,
            "w" => Command::Update,
            "d" => Command::Delete,
            _ => Command::All,
        },
        restrictive: !row.try_get::<_, bool>(4)?,
        roles,
        using: row.try_get::<_, Option<&str>>(6)?.map(Fragment::new),
        with_check: row.try_get::<_, Option<&str>>(7)?.map(Fragment::new),
    };
    let object = Object::new(address, spec).with_comment(row.try_get(8)?);
    reading.add(Policies::CATALOG, row.try_get(0)?, object);
    Ok(())
}
