//! Operator families from the catalog.

use tokio_postgres::Row;

use super::{OperatorFamilies, OperatorFamily};
use crate::kind::{DecodeError, Kind, OperatorMembers, Reading};
use crate::model::{Address, Name, Object};

pub const FAMILIES: &str = "
SELECT f.oid, f.opfnamespace, f.opfname, m.amname, d.description
FROM pg_opfamily f
JOIN pg_am m ON m.oid = f.opfmethod
LEFT JOIN pg_description d ON d.classoid = 'pg_opfamily'::regclass AND d.objoid = f.oid
WHERE f.opfnamespace = ANY ($1)";

/// Rows of [`FAMILIES`], then of their members.
pub fn decode(rows: Vec<Vec<Row>>, reading: &mut Reading) -> Result<(), DecodeError> {
    let mut rows = rows.into_iter();
    let families = rows.next().unwrap_or_default();
    let mut members = OperatorMembers::decode(&rows.next().unwrap_or_default())?;
    for row in families {
        let oid: u32 = row.try_get(0)?;
        let Some(schema) = reading.schema(row.try_get(1)?).cloned() else { continue };
        let name: Name = row.try_get::<_, &str>(2)?.into();
        let using: String = row.try_get(3)?;
        let mut address = Address::in_schema(OperatorFamilies::TAG, &schema, &name);
        address.arguments = Some(using.as_str().into());
        let loose = members.take(oid, &address, reading);
        let (operators, functions) = (loose.operators, loose.functions);
        let spec = OperatorFamily { using, operators, functions };
        let object = Object::new(address, spec).with_comment(row.try_get(4)?);
        reading.add(OperatorFamilies::CATALOG, oid, object);
    }
    Ok(())
}
