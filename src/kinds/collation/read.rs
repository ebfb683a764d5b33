//! Collations from the catalog.

use tokio_postgres::Row;

use super::{Collation, Collations, Provider};
use crate::kind::{DecodeError, Kind, Reading, ServerVersion};
use crate::model::{Address, Name, Object};

/// ICU's locale stood in `collcollate` until 14, in `colliculocale` until 16, and stands with that
/// of the builtin provider in `colllocale` since.
/// <https://www.postgresql.org/docs/current/catalog-pg-collation.html>
pub fn query(version: ServerVersion) -> String {
    let (locale, rules) = match version.major() {
        14 => ("CASE WHEN c.collprovider = 'i' THEN c.collcollate::text END", "NULL::text"),
        15 => ("c.colliculocale", "NULL::text"),
        16 => ("c.colliculocale", "c.collicurules"),
        _ => ("c.colllocale", "c.collicurules"),
    };
    format!(
        "
SELECT c.oid, c.collnamespace, c.collname, c.collprovider::text, {locale}, {rules},
       c.collcollate::text, c.collctype::text, c.collisdeterministic, d.description
FROM pg_collation c
LEFT JOIN pg_description d ON d.classoid = 'pg_collation'::regclass AND d.objoid = c.oid
WHERE c.collnamespace = ANY ($1)"
    )
}

/// One row of [`query`].
pub fn decode(row: &Row, reading: &mut Reading) -> Result<(), DecodeError> {
    let Some(schema) = reading.schema(row.try_get(1)?).cloned() else {
        return Ok(());
    };
    let name: Name = row.try_get::<_, &str>(2)?.into();
    let provider = match row.try_get(3)? {
        "i" => Provider::Icu,
        "b" => Provider::Builtin,
        _ => Provider::Libc,
    };
    let (order, classes): (Option<String>, Option<String>) = (row.try_get(6)?, row.try_get(7)?);
    let (locale, lc_collate, lc_ctype) = match provider {
        Provider::Libc if order == classes => (order, None, None),
        Provider::Libc => (None, order, classes),
        Provider::Icu | Provider::Builtin => (row.try_get(4)?, None, None),
    };
    let spec = Collation {
        provider,
        locale,
        lc_collate,
        lc_ctype,
        nondeterministic: !row.try_get::<_, bool>(8)?,
        rules: row.try_get(5)?,
    };
    let object = Object::new(Address::in_schema(Collations::TAG, &schema, &name), spec)
        .with_comment(row.try_get(9)?);
    reading.add(Collations::CATALOG, row.try_get(0)?, object);
    Ok(())
}
