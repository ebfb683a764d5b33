//! Tables and their columns from the catalog.

use std::collections::HashMap;

use indexmap::IndexMap;
use tokio_postgres::Row;

use super::column::{Column, Identity};
use super::{Table, Tables};
use crate::kind::{ColumnFacts, DecodeError, Kind, Reading, SequenceOptions, by_name};
use crate::model::{Address, Name, Object};
use crate::sql::Fragment;

pub const TABLES: &str = "
SELECT c.oid, c.relnamespace, c.relname, c.relkind::text, c.relpersistence::text,
       c.relispartition, i.inhparent, c.reloptions, c.relrowsecurity, c.relforcerowsecurity,
       CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END,
       CASE WHEN c.relispartition THEN pg_get_expr(c.relpartbound, c.oid) END,
       d.description, c.reloftype <> 0, c.reltablespace <> 0, c.relreplident::text,
       m.amname, t.reloptions
FROM pg_class c
LEFT JOIN pg_inherits i ON i.inhrelid = c.oid AND i.inhseqno = 1
LEFT JOIN pg_am m ON m.oid = c.relam
LEFT JOIN pg_class t ON t.oid = c.reltoastrelid AND t.reloptions IS NOT NULL
LEFT JOIN pg_description d
  ON d.classoid = 'pg_class'::regclass AND d.objoid = c.oid AND d.objsubid = 0
WHERE c.relkind IN ('r', 'p') AND c.relnamespace = ANY ($1)
ORDER BY c.oid";

/// Row by row, the columns that are not dropped; in no order, which is cheaper made here.
pub const COLUMNS: &str = "
SELECT a.attrelid, a.attnum, a.attname, a.atttypid, a.attcollation,
       format_type(a.atttypid, a.atttypmod),
       CASE WHEN a.attcollation <> 0 AND a.attcollation <> t.typcollation
            THEN quote_ident(n.nspname) || '.' || quote_ident(o.collname) END,
       a.attnotnull, a.attidentity::text, a.attgenerated::text,
       CASE WHEN a.atthasdef THEN pg_get_expr(e.adbin, e.adrelid) END,
       d.description, a.attstorage <> t.typstorage, a.attcompression <> '',
       coalesce(a.attstattarget, -1) <> -1, a.attoptions IS NOT NULL, a.attislocal
FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN (pg_collation o JOIN pg_namespace n ON n.oid = o.collnamespace)
  ON o.oid = a.attcollation AND a.attcollation <> t.typcollation
LEFT JOIN pg_attrdef e ON e.adrelid = a.attrelid AND e.adnum = a.attnum
LEFT JOIN pg_description d
  ON d.classoid = 'pg_class'::regclass AND d.objoid = a.attrelid AND d.objsubid = a.attnum
WHERE c.relkind IN ('r', 'p') AND c.relnamespace = ANY ($1)";

/// Rows of [`TABLES`], then of [`COLUMNS`].
pub fn decode(rows: Vec<Vec<Row>>, reading: &mut Reading) -> Result<(), DecodeError> {
    let mut rows = rows.into_iter();
    let tables = rows.next().unwrap_or_default();
    let mut columns = HashMap::with_capacity(tables.len());
    let mut facts: HashMap<u32, Vec<ColumnFacts>> = HashMap::with_capacity(tables.len());
    let mut addresses = HashMap::with_capacity(tables.len());
    for row in &tables {
        if let Some(schema) = reading.schema(row.try_get(1)?) {
            let name: Name = row.try_get::<_, &str>(2)?.into();
            let address = Address::in_schema(Tables::TAG, schema, &name);
            addresses.insert(row.try_get::<_, u32>(0)?, address);
        }
    }
    let mut column_rows = Vec::new();
    for row in rows.next().unwrap_or_default() {
        column_rows.push((row.try_get::<_, u32>(0)?, row.try_get::<_, i16>(1)?, row));
    }
    column_rows.sort_unstable_by_key(|(relation, number, _)| (*relation, *number));
    for (relation, _, row) in column_rows {
        let (facts_of_one, column) = decode_column(&row, &addresses, reading)?;
        columns
            .entry(relation)
            .or_insert_with(IndexMap::new)
            .insert(facts_of_one.name.clone(), column);
        facts.entry(relation).or_default().push(facts_of_one);
    }
    // A partition's columns are told apart from its parent's, so the parents' are needed whole.
    let parents: HashMap<u32, IndexMap<Name, Column>> = tables
        .iter()
        .filter_map(|row| row.try_get::<_, Option<u32>>(6).ok().flatten())
        .filter_map(|parent| Some((parent, columns.get(&parent)?.clone())))
        .collect();
    for row in &tables {
        let oid: u32 = row.try_get(0)?;
        let Some(address) = addresses.get(&oid) else {
            continue;
        };
        let own = columns.remove(&oid).unwrap_or_default();
        let object = decode_table(row, address, own, &addresses, &parents, reading)?;
        reading.add_columns(oid, facts.remove(&oid).unwrap_or_default());
        reading.add(Tables::CATALOG, oid, object);
    }
    Ok(())
}

fn decode_table(
    row: &Row,
    address: &Address,
    columns: IndexMap<Name, Column>,
    addresses: &HashMap<u32, Address>,
    parents: &HashMap<u32, IndexMap<Name, Column>>,
    reading: &mut Reading,
) -> Result<Object, DecodeError> {
    let is_partition: bool = row.try_get(5)?;
    let parent: Option<u32> = row.try_get(6)?;
    let bound: Option<&str> = row.try_get(11)?;
    let parent_columns = parent.filter(|_| is_partition).and_then(|oid| parents.get(&oid));
    let spec = Table {
        unlogged: row.try_get::<_, &str>(4)? == "u",
        partition_by: row.try_get::<_, Option<&str>>(10)?.map(Fragment::new),
        values: bound.map(|text| Fragment::new(text.strip_prefix("FOR VALUES ").unwrap_or(text))),
        storage: storage(row.try_get(7)?),
        row_level_security: row.try_get(8)?,
        force_row_level_security: row.try_get(9)?,
        column: match parent_columns {
            Some(parent) => overrides(columns, parent),
            None => columns,
        },
        partitions: None,
        schema: None,
    };
    let beyond = [
        (parent.is_some() && !is_partition, "the inheritance"),
        (row.try_get(13)?, "the type (OF)"),
        (row.try_get(14)?, "the tablespace"),
        (row.try_get::<_, &str>(15)? != "d", "the replica identity"),
        (row.try_get::<_, Option<&str>>(16)?.is_some_and(|am| am != "heap"), "the access method"),
        (row.try_get::<_, Option<Vec<String>>>(17)?.is_some(), "the TOAST storage parameters"),
    ];
    for (there, what) in beyond {
        if there {
            reading.cannot_manage(address.schema.as_ref(), format!("{what} of {address}"));
        }
    }
    let mut object = Object::new(address.clone(), spec).with_comment(row.try_get(12)?);
    object.partition_of =
        parent.filter(|_| is_partition).and_then(|oid| addresses.get(&oid)).cloned();
    Ok(object)
}

fn decode_column(
    row: &Row,
    addresses: &HashMap<u32, Address>,
    reading: &mut Reading,
) -> Result<(ColumnFacts, Column), DecodeError> {
    let relation: u32 = row.try_get(0)?;
    let number: i16 = row.try_get(1)?;
    let name: Name = row.try_get::<_, &str>(2)?.into();
    let expression: Option<Fragment> = row.try_get::<_, Option<&str>>(10)?.map(Fragment::new);
    let generated: &str = row.try_get(9)?;
    let serial = reading.serial(relation, number);
    let (default, generated_by) = match (generated, serial) {
        ("", None) => (expression, None),
        ("", Some(_)) => (None, None),
        _ => (None, expression),
    };
    if let Some(address) = addresses.get(&relation) {
        if let Some(sequence) = serial {
            let part = crate::model::Part::column(address, &name);
            reading.alias(Tables::CATALOG, sequence, part);
        }
        let beyond = [
            (generated == "v", "the virtual generation"),
            (row.try_get(12)?, "the storage"),
            (row.try_get(13)?, "the compression"),
            (row.try_get(14)?, "the statistics target"),
            (row.try_get(15)?, "the options"),
        ];
        for (there, what) in beyond {
            if there {
                let what = format!("{what} of column {name} of {address}");
                reading.cannot_manage(address.schema.as_ref(), what);
            }
        }
    }
    let column = Column {
        data_type: Some(Fragment::new(row.try_get::<_, &str>(5)?)),
        collation: row.try_get::<_, Option<&str>>(6)?.map(Fragment::new),
        serial: serial.is_some(),
        identity: match row.try_get(8)? {
            "a" => Some(Identity::Always),
            "d" => Some(Identity::ByDefault),
            _ => None,
        },
        sequence: reading
            .identity(relation, number)
            .filter(|options| **options != SequenceOptions::default())
            .map(|options| Box::new(options.clone())),
        generated: generated_by,
        not_null: row.try_get(7)?,
        default,
        comment: row.try_get(11)?,
    };
    let facts = ColumnFacts { number, name, type_oid: row.try_get(3)?, collation: row.try_get(4)? };
    Ok((facts, column))
}

/// What a partition's columns have otherwise than the parent's. A serial column's default is
/// inherited as an expression over the parent's sequence.
fn overrides(
    columns: IndexMap<Name, Column>,
    parent: &IndexMap<Name, Column>,
) -> IndexMap<Name, Column> {
    columns
        .into_iter()
        .filter_map(|(name, column)| {
            let theirs = parent.get(&name)?;
            let own = Column {
                not_null: column.not_null && !theirs.not_null,
                default: column
                    .default
                    .filter(|default| !theirs.serial && Some(default) != theirs.default.as_ref()),
                comment: column.comment,
                ..Column::default()
            };
            (own != Column::default()).then_some((name, own))
        })
        .collect()
}

/// `reloptions` are "name=value".
fn storage(reloptions: Option<Vec<String>>) -> IndexMap<String, String> {
    let mut storage = by_name(reloptions);
    storage.sort_keys();
    storage
}
