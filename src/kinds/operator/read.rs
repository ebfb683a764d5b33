//! Operators from the catalog.

use tokio_postgres::Row;

use super::{Operator, Operators};
use crate::kind::{DecodeError, Kind, Reading};
use crate::model::{Address, Name, Object};
use crate::sql::Fragment;

/// One without a function is a shell: another operator names it, and nobody has made it yet.
pub const QUERY: &str = "
SELECT o.oid, o.oprnamespace, o.oprname, format_type(nullif(o.oprleft, 0), NULL),
       format_type(o.oprright, NULL), o.oprcode::regproc::text,
       'OPERATOR(' || quote_ident(cn.nspname) || '.' || c.oprname || ')',
       'OPERATOR(' || quote_ident(nn.nspname) || '.' || n.oprname || ')',
       nullif(o.oprrest, 0)::regproc::text, nullif(o.oprjoin, 0)::regproc::text,
       o.oprcanhash, o.oprcanmerge, d.description
FROM pg_operator o
LEFT JOIN (pg_operator c JOIN pg_namespace cn ON cn.oid = c.oprnamespace) ON c.oid = o.oprcom
LEFT JOIN (pg_operator n JOIN pg_namespace nn ON nn.oid = n.oprnamespace) ON n.oid = o.oprnegate
LEFT JOIN pg_description d ON d.classoid = 'pg_operator'::regclass AND d.objoid = o.oid
WHERE o.oprnamespace = ANY ($1) AND o.oprcode <> 0";

/// One row of [`QUERY`].
pub fn decode(row: &Row, reading: &mut Reading) -> Result<(), DecodeError> {
    let Some(schema) = reading.schema(row.try_get(1)?).cloned() else {
        return Ok(());
    };
    let text = |index| -> Result<Option<Fragment>, DecodeError> {
        Ok(row.try_get::<_, Option<&str>>(index)?.map(Fragment::new))
    };
    let name: Name = row.try_get::<_, &str>(2)?.into();
    let (left, right): (Option<&str>, &str) = (row.try_get(3)?, row.try_get(4)?);
    let mut address = Address::in_schema(Operators::TAG, &schema, &name);
    address.arguments = Some(format!("{}, {right}", left.unwrap_or("NONE")).into());
    let spec = Operator {
        left: left.map(Fragment::new),
        right: Fragment::new(right),
        function: Fragment::new(row.try_get::<_, &str>(5)?),
        commutator: text(6)?,
        negator: text(7)?,
        restrict: text(8)?,
        join: text(9)?,
        hashes: row.try_get(10)?,
        merges: row.try_get(11)?,
    };
    let object = Object::new(address, spec).with_comment(row.try_get(12)?);
    reading.add(Operators::CATALOG, row.try_get(0)?, object);
    Ok(())
}
