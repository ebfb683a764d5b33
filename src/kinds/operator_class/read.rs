//! Operator classes from the catalog.

use tokio_postgres::Row;

use super::{OperatorClass, OperatorClasses};
use crate::kind::{DecodeError, Kind, OperatorMembers, Reading};
use crate::model::{Address, Name, Object};
use crate::sql::Fragment;

const CLASSES: &str = "
SELECT c.oid, c.opcnamespace, c.opcname, m.amname, format_type(c.opcintype, NULL), c.opcdefault,
       quote_ident(n.nspname) || '.' || quote_ident(f.opfname),
       format_type(nullif(c.opckeytype, 0), NULL), d.description
FROM pg_opclass c
JOIN pg_am m ON m.oid = c.opcmethod
JOIN pg_opfamily f ON f.oid = c.opcfamily
JOIN pg_namespace n ON n.oid = f.opfnamespace
LEFT JOIN pg_description d ON d.classoid = 'pg_opclass'::regclass AND d.objoid = c.oid
WHERE c.opcnamespace = ANY ($1)";

pub fn queries() -> Vec<String> {
    vec![CLASSES.to_owned(), OperatorMembers::query(OperatorClasses::CATALOG)]
}

/// Rows of the classes, then of their members.
pub fn decode(rows: Vec<Vec<Row>>, reading: &mut Reading) -> Result<(), DecodeError> {
    let mut rows = rows.into_iter();
    let classes = rows.next().unwrap_or_default();
    let mut members = OperatorMembers::decode(&rows.next().unwrap_or_default())?;
    for row in classes {
        let oid: u32 = row.try_get(0)?;
        let Some(schema) = reading.schema(row.try_get(1)?).cloned() else { continue };
        let name: Name = row.try_get::<_, &str>(2)?.into();
        let using: String = row.try_get(3)?;
        let mut address = Address::in_schema(OperatorClasses::TAG, &schema, &name);
        address.arguments = Some(using.as_str().into());
        let own = members.take(oid, &address, reading);
        let spec = OperatorClass {
            data_type: Fragment::new(row.try_get::<_, &str>(4)?),
            using,
            default: row.try_get(5)?,
            family: Some(Fragment::new(row.try_get::<_, &str>(6)?)),
            storage: row.try_get::<_, Option<&str>>(7)?.map(Fragment::new),
            operators: own.operators,
            functions: own.functions,
        };
        let object = Object::new(address, spec).with_comment(row.try_get(8)?);
        reading.add(OperatorClasses::CATALOG, oid, object);
    }
    Ok(())
}
