//! Default privileges from the catalog.

use std::collections::BTreeMap;

use tokio_postgres::Row;

use super::{DefaultPrivileges, Defaults, SORTS, address};
use crate::kind::{AclItem, DecodeError, Kind, Reading};
use crate::model::{Address, Name, Object, Part, Privileges};

/// One row for each role, schema and sort of objects.
pub fn query(major: u32) -> String {
    format!(
        "SELECT a.oid, r.rolname, a.defaclnamespace, a.defaclobjtype::text, a.defaclacl::text[],
                {major}::int8
         FROM pg_default_acl a
         JOIN pg_roles r ON r.oid = a.defaclrole
         WHERE a.defaclnamespace = 0 OR a.defaclnamespace = ANY ($1)"
    )
}

/// The rows of [`query`]; those of one role in one schema are one object.
pub fn decode(rows: Vec<Vec<Row>>, reading: &mut Reading) -> Result<(), DecodeError> {
    let mut found: BTreeMap<Address, (Vec<u32>, Defaults)> = BTreeMap::new();
    for row in rows.into_iter().flatten() {
        let role: Name = row.try_get::<_, &str>(1)?.into();
        let namespace: u32 = row.try_get(2)?;
        let schema = match namespace {
            0 => None,
            oid => match reading.schema(oid) {
                Some(schema) => Some(schema.clone()),
                None => continue,
            },
        };
        let letter: &str = row.try_get(3)?;
        let sort = SORTS.iter().find(|sort| sort.letter == letter).ok_or_else(|| {
            DecodeError::Unknown { what: "sort of default privileges", value: letter.to_owned() }
        })?;
        let major = u32::try_from(row.try_get::<_, i64>(5)?).unwrap_or_default();
        let mut privileges = Privileges::default();
        for item in row.try_get::<_, Vec<String>>(4)? {
            let item = AclItem::parse(&item)?;
            privileges.insert(item.grantee, item.grants);
        }
        // In a schema they come beside others. Everywhere they are all there is.
        let privileges = match schema {
            Some(_) => privileges.normalized(sort.on, major),
            None => {
                let all = privileges.mention(&role).normalized(sort.on, major);
                all.without_usual(Some(&role))
            }
        };
        let (oids, defaults) = found.entry(address(&role, schema.as_ref())).or_default();
        oids.push(row.try_get(0)?);
        defaults.set(sort.on, privileges);
    }
    for (address, (oids, defaults)) in found {
        let part = Part::whole(&address);
        let mut oids = oids.into_iter();
        if let Some(oid) = oids.next() {
            reading.add(DefaultPrivileges::CATALOG, oid, Object::new(address, defaults));
        }
        for oid in oids {
            reading.alias(DefaultPrivileges::CATALOG, oid, part.clone());
        }
    }
    Ok(())
}
