//! Publications from the catalog.

use std::collections::HashMap;

use tokio_postgres::Row;

use super::{Generated, Operation, Publication, Publications, Published};
use crate::kind::{Catalog, DecodeError, Kind, Reading, ServerVersion};
use crate::model::{Address, Name, Object, Part};
use crate::sql::Fragment;

/// The publications, their tables, their schemas. All are in the database as a whole, so `$1` is not
/// asked for. Rows of the last two catalogs have dependencies, and stand for their publication.
pub fn queries(version: ServerVersion) -> Vec<String> {
    let since = |major: u32, new: &'static str, old: &'static str| {
        if version.major() >= major { new } else { old }
    };
    let generated = since(18, "p.pubgencols::text", "'n'");
    let columns = since(
        15,
        "(SELECT array_agg(a.attname ORDER BY a.attnum) FROM pg_attribute a
          WHERE a.attrelid = r.prrelid AND a.attnum = ANY (r.prattrs))",
        "NULL::name[]",
    );
    let filter = since(15, "pg_get_expr(r.prqual, r.prrelid)", "NULL");
    let schemas = since(
        15,
        "SELECT s.oid, s.pnpubid, n.nspname
         FROM pg_publication_namespace s JOIN pg_namespace n ON n.oid = s.pnnspid
         WHERE $1::oid[] IS NOT NULL",
        "SELECT 0::oid, 0::oid, ''::name WHERE $1::oid[] IS NULL",
    );
    vec![
        format!(
            "SELECT p.oid, p.pubname, p.puballtables, p.pubinsert, p.pubupdate, p.pubdelete,
                    p.pubtruncate, p.pubviaroot, {generated}, d.description
             FROM pg_publication p
             LEFT JOIN pg_description d
               ON d.classoid = 'pg_publication'::regclass AND d.objoid = p.oid
             WHERE $1::oid[] IS NOT NULL"
        ),
        format!(
            "SELECT r.oid, r.prpubid, quote_ident(n.nspname) || '.' || quote_ident(c.relname),
                    {columns}, {filter}
             FROM pg_publication_rel r
             JOIN pg_class c ON c.oid = r.prrelid
             JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE $1::oid[] IS NOT NULL
             ORDER BY n.nspname, c.relname"
        ),
        schemas.to_owned(),
    ]
}

/// The rows of those three.
pub fn decode(rows: Vec<Vec<Row>>, reading: &mut Reading) -> Result<(), DecodeError> {
    let mut rows = rows.into_iter();
    let (publications, tables, schemas) =
        (rows.next().unwrap_or_default(), rows.next(), rows.next());
    let mut found: HashMap<u32, (Object, Publication)> = HashMap::new();
    let mut order = Vec::new();
    for row in publications {
        let oid: u32 = row.try_get(0)?;
        let name: Name = row.try_get::<_, &str>(1)?.into();
        let object = Object::new(Address::global(Publications::TAG, &name), ());
        found.insert(oid, (object.with_comment(row.try_get(9)?), publication(&row)?));
        order.push(oid);
    }
    for row in tables.into_iter().flatten() {
        if let Some((object, spec)) = found.get_mut(&row.try_get(1)?) {
            let columns: Option<Vec<&str>> = row.try_get(3)?;
            let published = Published {
                columns: columns.into_iter().flatten().map(Name::from).collect(),
                filter: row.try_get::<_, Option<&str>>(4)?.map(Fragment::new),
            };
            spec.tables.0.insert(row.try_get(2)?, published);
            let part = Part::whole(&object.address);
            reading.alias(Catalog::PG_PUBLICATION_REL, row.try_get(0)?, part);
        }
    }
    for row in schemas.into_iter().flatten() {
        if let Some((object, spec)) = found.get_mut(&row.try_get(1)?) {
            spec.schemas.push(row.try_get::<_, &str>(2)?.into());
            let part = Part::whole(&object.address);
            reading.alias(Catalog::PG_PUBLICATION_NAMESPACE, row.try_get(0)?, part);
        }
    }
    for oid in order {
        if let Some((object, mut spec)) = found.remove(&oid) {
            spec.schemas.sort();
            let object = Object::new(object.address, spec).with_comment(object.comment);
            reading.add(Publications::CATALOG, oid, object);
        }
    }
    Ok(())
}

fn publication(row: &Row) -> Result<Publication, DecodeError> {
    let mut publish = Vec::new();
    for (column, operation) in (3..).zip(Operation::ALL) {
        if row.try_get(column)? {
            publish.push(operation);
        }
    }
    Ok(Publication {
        all_tables: row.try_get(2)?,
        publish: Some(publish).filter(|publish| *publish != Operation::ALL),
        publish_via_partition_root: row.try_get(7)?,
        publish_generated_columns: match row.try_get(8)? {
            "s" => Generated::Stored,
            _ => Generated::None,
        },
        ..Publication::default()
    })
}
