//! Columns from the catalog.

use std::collections::{HashMap, HashSet};

use indexmap::IndexMap;
use tokio_postgres::Row;

use super::Tables;
use super::column::{Column, Identity};
use super::not_null::NotNull;
use crate::kind::tuning::Tuning;
use crate::kind::{Aside, ColumnFacts, DecodeError, Kind, Reading, SequenceOptions};
use crate::model::{Address, Name, Part};
use crate::sql::Fragment;

/// Row by row, the columns that are not dropped; in no order, which is cheaper made here. What
/// hardly any column has comes in one piece.
pub const COLUMNS: &str = "
SELECT a.attrelid, a.attnum, a.attname, a.atttypid, a.attcollation,
       format_type(a.atttypid, a.atttypmod),
       CASE WHEN a.attcollation <> 0 AND a.attcollation <> t.typcollation
            THEN quote_ident(n.nspname) || '.' || quote_ident(o.collname) END,
       a.attnotnull, a.attidentity, a.attgenerated,
       CASE WHEN a.atthasdef THEN pg_get_expr(e.adbin, e.adrelid) END,
       d.description, CASE WHEN a.attinhcount > 0 THEN a.attislocal END,
       CASE WHEN a.attstorage <> t.typstorage OR a.attcompression <> '' OR a.attstattarget >= 0
            THEN ARRAY[nullif(a.attstorage, t.typstorage)::text, t.typstorage::text,
                       a.attcompression::text, nullif(a.attstattarget, -1)::text] END,
       a.attoptions
FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN (pg_collation o JOIN pg_namespace n ON n.oid = o.collnamespace)
  ON o.oid = a.attcollation AND a.attcollation <> t.typcollation
LEFT JOIN pg_attrdef e ON e.adrelid = a.attrelid AND e.adnum = a.attnum
LEFT JOIN pg_description d
  ON d.classoid = 'pg_class'::regclass AND d.objoid = a.attrelid AND d.objsubid = a.attnum
WHERE c.relkind IN ('r', 'p') AND c.relnamespace = ANY ($1)";

/// The columns of all tables, by the table's OID, in their order.
#[derive(Default)]
pub struct Columns {
    pub own: HashMap<u32, IndexMap<Name, Column>>,
    pub facts: HashMap<u32, Vec<ColumnFacts>>,
    /// Those of the parents, once more.
    pub of_parents: HashMap<u32, IndexMap<Name, Column>>,
    /// Inherited columns that are defined in the child as well.
    pub defined: HashSet<(u32, Name)>,
}

/// Rows of [`COLUMNS`].
pub fn decode(
    rows: Vec<Row>,
    mut not_nulls: HashMap<(u32, i16), NotNull>,
    addresses: &HashMap<u32, Address>,
    parents: &HashSet<u32>,
    reading: &mut Reading,
) -> Result<Columns, DecodeError> {
    let mut columns = Columns {
        own: HashMap::with_capacity(addresses.len()),
        facts: HashMap::with_capacity(addresses.len()),
        ..Columns::default()
    };
    let mut keyed = Vec::with_capacity(rows.len());
    for row in rows {
        keyed.push((row.try_get::<_, u32>(0)?, row.try_get::<_, i16>(1)?, row));
    }
    keyed.sort_unstable_by_key(|(relation, number, _)| (*relation, *number));
    for (relation, number, row) in keyed {
        let (facts, mut column) = decode_column(&row, relation, number, addresses, reading)?;
        let name = facts.name.clone();
        column.particular_not_null = not_nulls.remove(&(relation, number)).map(Box::new);
        columns.facts.entry(relation).or_default().push(facts);
        if row.try_get::<_, Option<bool>>(12)? == Some(true) {
            columns.defined.insert((relation, name.clone()));
        }
        if parents.contains(&relation) {
            let of_parent = columns.of_parents.entry(relation).or_default();
            of_parent.insert(name.clone(), column.clone());
        }
        columns.own.entry(relation).or_default().insert(name, column);
    }
    Ok(columns)
}

fn decode_column(
    row: &Row,
    relation: u32,
    number: i16,
    addresses: &HashMap<u32, Address>,
    reading: &mut Reading,
) -> Result<(ColumnFacts, Column), DecodeError> {
    let name: Name = row.try_get::<_, &str>(2)?.into();
    let expression: Option<&str> = row.try_get(10)?;
    let serial = reading.take_serial(relation, number, expression);
    let expression = expression.map(Fragment::new);
    let generated = letter(row, 9)?;
    let (default, generated_by) = match (generated, serial) {
        (None, None) => (expression, None),
        (None, Some(_)) => (None, None),
        _ => (None, expression),
    };
    if let Some((address, sequence)) = addresses.get(&relation).zip(serial) {
        reading.alias(Tables::CATALOG, sequence, Part::column(address, &name));
    }
    let tuned: Option<Vec<Option<&str>>> = row.try_get(13)?;
    let column = Column {
        data_type: Some(Fragment::new(row.try_get::<_, &str>(5)?)),
        collation: row.try_get::<_, Option<&str>>(6)?.map(Fragment::new),
        serial: serial.is_some(),
        identity: match letter(row, 8)? {
            Some('a') => Some(Identity::Always),
            Some('d') => Some(Identity::ByDefault),
            _ => None,
        },
        sequence: reading
            .identity(relation, number)
            .filter(|options| **options != SequenceOptions::default())
            .map(|options| Box::new(options.clone())),
        generated: generated_by,
        is_virtual: generated == Some('v'),
        not_null: row.try_get(7)?,
        particular_not_null: None,
        default,
        tuning: Tuning::read(&tuned.unwrap_or_default(), row.try_get(14)?)?,
        comment: row.try_get(11)?,
        nature: Aside(None),
    };
    let facts = ColumnFacts { number, name, type_oid: row.try_get(3)?, collation: row.try_get(4)? };
    Ok((facts, column))
}

/// A value of PostgreSQL's type "char", which has a zero byte for none.
fn letter(row: &Row, index: usize) -> Result<Option<char>, DecodeError> {
    let byte = row.try_get::<_, i8>(index)?.cast_unsigned();
    Ok((byte != 0).then(|| char::from(byte)))
}
