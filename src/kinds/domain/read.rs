//! Domains from the catalog.

use std::collections::{BTreeMap, HashMap};

use tokio_postgres::Row;

use super::{Check, Domain, Domains};
use crate::kind::{Catalog, DecodeError, Kind, Reading};
use crate::model::{Address, Name, Object, Part};
use crate::sql::Fragment;

pub const DOMAINS: &str = "
SELECT t.oid, t.typnamespace, t.typname, t.typarray, format_type(t.typbasetype, t.typtypmod),
       CASE WHEN t.typcollation <> b.typcollation
            THEN quote_ident(n.nspname) || '.' || quote_ident(o.collname) END,
       pg_get_expr(t.typdefaultbin, 0), t.typnotnull, d.description
FROM pg_type t
JOIN pg_type b ON b.oid = t.typbasetype
LEFT JOIN (pg_collation o JOIN pg_namespace n ON n.oid = o.collnamespace)
  ON o.oid = t.typcollation AND t.typcollation <> b.typcollation
LEFT JOIN pg_description d
  ON d.classoid = 'pg_type'::regclass AND d.objoid = t.oid AND d.objsubid = 0
WHERE t.typtype = 'd' AND t.typnamespace = ANY ($1)";

/// Checks, and from PostgreSQL 17 on NOT NULL.
pub const CONSTRAINTS: &str = "
SELECT c.oid, c.contypid, c.conname, c.contype = 'c', pg_get_expr(c.conbin, 0), c.convalidated,
       d.description
FROM pg_constraint c
LEFT JOIN pg_description d
  ON d.classoid = 'pg_constraint'::regclass AND d.objoid = c.oid AND d.objsubid = 0
WHERE c.contypid <> 0 AND c.connamespace = ANY ($1)";

/// Rows of [`DOMAINS`], then of [`CONSTRAINTS`].
pub fn decode(rows: Vec<Vec<Row>>, reading: &mut Reading) -> Result<(), DecodeError> {
    let mut rows = rows.into_iter();
    let domains = rows.next().unwrap_or_default();
    let mut constraints: HashMap<u32, Vec<Row>> = HashMap::new();
    for row in rows.next().unwrap_or_default() {
        constraints.entry(row.try_get(1)?).or_default().push(row);
    }
    for row in domains {
        let oid: u32 = row.try_get(0)?;
        let Some(schema) = reading.schema(row.try_get(1)?) else { continue };
        let name: Name = row.try_get::<_, &str>(2)?.into();
        let address = Address::in_schema(Domains::TAG, schema, &name);
        let mut check = BTreeMap::new();
        for constraint in constraints.remove(&oid).unwrap_or_default() {
            if !reading.is_member(Domains::CATALOG, oid) {
                let constraint: u32 = constraint.try_get(0)?;
                reading.alias(Catalog::PG_CONSTRAINT, constraint, Part::whole(&address));
            }
            let name: Name = constraint.try_get::<_, &str>(2)?.into();
            if constraint.try_get(3)? {
                let text: Option<&str> = constraint.try_get(4)?;
                check.insert(
                    name,
                    Check {
                        expression: Fragment::new(text.unwrap_or_default()),
                        not_valid: !constraint.try_get::<_, bool>(5)?,
                        comment: constraint.try_get(6)?,
                    },
                );
            } else {
                not_null(&constraint, &name, &address, reading)?;
            }
        }
        let spec = Domain {
            data_type: Fragment::new(row.try_get::<_, &str>(4)?),
            collation: row.try_get::<_, Option<&str>>(5)?.map(Fragment::new),
            default: row.try_get::<_, Option<&str>>(6)?.map(Fragment::new),
            not_null: row.try_get(7)?,
            check,
        };
        let object = Object::new(address, spec).with_comment(row.try_get(8)?);
        reading.add_type(oid, &[row.try_get(3)?], object);
    }
    Ok(())
}

/// The constraint behind NOT NULL is only a flag here.
fn not_null(
    row: &Row,
    name: &Name,
    address: &Address,
    reading: &mut Reading,
) -> Result<(), DecodeError> {
    let usual = format!("{}_not_null", &*address.name);
    let beyond = [
        (**name != *usual, "the name of NOT NULL"),
        (row.try_get::<_, Option<&str>>(6)?.is_some(), "the comment on NOT NULL"),
    ];
    for (_, what) in beyond.iter().filter(|(there, _)| *there) {
        reading.cannot_manage(address.schema.as_ref(), format!("{what} of {address}"));
    }
    Ok(())
}
