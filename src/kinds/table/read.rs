//! Tables from the catalog.

use std::collections::{HashMap, HashSet};

use indexmap::IndexMap;
use tokio_postgres::Row;

use super::column::Column;
use super::inheritance::{beside, handed_down, merged};
use super::not_null;
use super::numbered::lacks;
use super::read_columns::{self, Columns};
use super::{Table, Tables};
use crate::kind::{Aside, DecodeError, Kind, Reading, storage};
use crate::model::{Address, Name, Object, Part};
use crate::sql::Fragment;

/// Parents come in their order; a partition has one.
pub const TABLES: &str = "
SELECT c.oid, c.relnamespace, c.relname, c.relpersistence, c.relispartition, i.parents,
       c.reloptions, t.reloptions, c.relrowsecurity, c.relforcerowsecurity,
       CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END,
       CASE WHEN c.relispartition THEN pg_get_expr(c.relpartbound, c.oid) END,
       CASE WHEN c.reloftype <> 0 THEN format_type(c.reloftype, NULL) END,
       m.amname, s.spcname,
       CASE WHEN c.reltablespace <> 0 OR c.relispartition
            THEN (SELECT u.spcname FROM pg_database b JOIN pg_tablespace u ON u.oid = b.dattablespace
                  WHERE b.datname = current_database()) END,
       c.relhassubclass, d.description, coalesce(i.detaching, false),
       CASE WHEN k.partdefid <> 0
            THEN (SELECT format('%I.%I', n.nspname, f.relname)
                  FROM pg_class f JOIN pg_namespace n ON n.oid = f.relnamespace
                  WHERE f.oid = k.partdefid) END,
       c.relispartition AND c.oid IN (SELECT confrelid FROM pg_constraint
                                      WHERE contype = 'f' AND conparentid <> 0)
FROM pg_class c
LEFT JOIN (SELECT inhrelid, array_agg(inhparent ORDER BY inhseqno) AS parents,
                  bool_or(inhdetachpending) AS detaching
           FROM pg_inherits GROUP BY inhrelid) i ON i.inhrelid = c.oid
LEFT JOIN pg_partitioned_table k ON c.relispartition AND k.partrelid = i.parents[1]
LEFT JOIN pg_am m ON m.oid = c.relam
LEFT JOIN pg_tablespace s ON s.oid = c.reltablespace
LEFT JOIN pg_class t ON t.oid = c.reltoastrelid AND t.reloptions IS NOT NULL
LEFT JOIN pg_description d
  ON d.classoid = 'pg_class'::regclass AND d.objoid = c.oid AND d.objsubid = 0
WHERE c.relkind IN ('r', 'p') AND c.relnamespace = ANY ($1)
ORDER BY c.oid";

/// A row of [`TABLES`] with what is needed of it for others.
struct Read {
    row: Row,
    oid: u32,
    address: Address,
    parents: Vec<u32>,
    using: Option<Name>,
    tablespace: Option<Name>,
}

/// The columns of a table, and what its own, and its partitions', NOT NULL leave to be known.
type Own = (IndexMap<Name, Column>, Vec<(Name, Name)>, Vec<(String, Name)>);

/// Rows of [`TABLES`], then of [`read_columns::COLUMNS`], then of [`not_null::query`].
pub fn decode(rows: Vec<Vec<Row>>, reading: &mut Reading) -> Result<(), DecodeError> {
    let mut rows = rows.into_iter();
    let mut tables = Vec::new();
    for row in rows.next().unwrap_or_default() {
        tables.extend(read(row, reading)?);
    }
    let addresses: HashMap<u32, Address> =
        tables.iter().map(|table| (table.oid, table.address.clone())).collect();
    let parents: HashSet<u32> = tables.iter().flat_map(|table| table.parents.clone()).collect();
    let column_rows = rows.next().unwrap_or_default();
    let mut not_nulls = not_null::decode(&rows.next().unwrap_or_default())?;
    let particular = std::mem::take(&mut not_nulls.particular);
    let mut columns = read_columns::decode(column_rows, particular, &addresses, &parents, reading)?;
    let places: HashMap<u32, (Option<Name>, Option<Name>)> = tables
        .iter()
        .filter(|table| parents.contains(&table.oid))
        .map(|table| (table.oid, (table.using.clone(), table.tablespace.clone())))
        .collect();
    for table in &tables {
        let own = columns.own.remove(&table.oid).unwrap_or_default();
        let inherited = not_nulls.inherited.remove(&table.oid).unwrap_or_default();
        let partitions = not_nulls.own.remove(&table.oid).unwrap_or_default();
        let own = (own, inherited, partitions);
        let mut object = decode_table(table, own, &columns, &addresses, reading)?;
        let place = table.parents.first().filter(|_| object.partition_of.is_some());
        if let Some((using, tablespace)) = place.and_then(|parent| places.get(parent))
            && let Some(mut spec) = object.spec.get::<Table>().cloned()
        {
            // A partition is put where its parent is, unless it is told.
            if spec.using.is_none() && using.is_some() && spec.partition_by.is_none() {
                spec.using = Some(Name::from("heap"));
            }
            if spec.tablespace.is_none() && tablespace.is_some() {
                spec.tablespace.clone_from(&spec.usual_tablespace.0);
            }
            let comment = object.comment.take();
            let partition_of = object.partition_of.take();
            object = Object::new(object.address, spec).with_comment(comment);
            object.partition_of = partition_of;
        }
        depend(table, &object, &columns, &addresses, reading);
        reading.add_columns(table.oid, columns.facts.remove(&table.oid).unwrap_or_default());
        reading.add(Tables::CATALOG, table.oid, object);
    }
    Ok(())
}

fn read(row: Row, reading: &Reading) -> Result<Option<Read>, DecodeError> {
    let Some(schema) = reading.schema(row.try_get(1)?) else { return Ok(None) };
    let address = Address::in_schema(Tables::TAG, schema, &row.try_get::<_, &str>(2)?.into());
    let using: Option<&str> = row.try_get(13)?;
    let tablespace: Option<&str> = row.try_get(14)?;
    Ok(Some(Read {
        oid: row.try_get(0)?,
        address,
        parents: row.try_get::<_, Option<_>>(5)?.unwrap_or_default(),
        using: using.filter(|method| *method != "heap").map(Name::from),
        tablespace: tablespace.map(Name::from),
        row,
    }))
}

fn decode_table(
    table: &Read,
    (columns, inherited_not_nulls, own_not_nulls): Own,
    read: &Columns,
    addresses: &HashMap<u32, Address>,
    reading: &mut Reading,
) -> Result<Object, DecodeError> {
    let (row, address) = (&table.row, &table.address);
    let is_partition: bool = row.try_get(4)?;
    let bound: Option<&str> = row.try_get(11)?;
    let parents = table.parents.iter().map(|oid| addresses.get(oid));
    let known: Vec<&Address> = parents.clone().flatten().collect();
    if known.len() < table.parents.len() {
        let what = format!("the inheritance of {address} from what is no table");
        reading.cannot_manage(address.schema.as_ref(), what);
    }
    let without_identity = is_partition && lacks_identity(table, &columns, read, reading);
    let spec = Table {
        unlogged: row.try_get::<_, i8>(3)? == b'u'.cast_signed(),
        partition_by: row.try_get::<_, Option<&str>>(10)?.map(Fragment::new),
        values: bound.map(|text| Fragment::new(text.strip_prefix("FOR VALUES ").unwrap_or(text))),
        inherits: match is_partition {
            true => Vec::new(),
            false => known.iter().map(|parent| Fragment::new(parent.qualified())).collect(),
        },
        of: row.try_get::<_, Option<&str>>(12)?.map(Fragment::new),
        storage: storage::read(row.try_get(6)?, row.try_get(7)?),
        using: table.using.clone(),
        tablespace: table.tablespace.clone(),
        row_level_security: row.try_get(8)?,
        force_row_level_security: row.try_get(9)?,
        column: match known.is_empty() {
            true => columns,
            false => own_columns(table, columns, read, addresses, is_partition, reading),
        },
        version: Aside(reading.version),
        has_children: Aside(row.try_get(16)?),
        detaching: row.try_get(18)?,
        without_identity,
        beside_default: Aside(row.try_get(19)?),
        referred: Aside(row.try_get(20)?),
        inherited_not_nulls: Aside(inherited_not_nulls),
        own_not_nulls: Aside(own_not_nulls),
        usual_tablespace: Aside(row.try_get::<_, Option<&str>>(15)?.map(Name::from)),
        ..Table::default()
    };
    let mut object = Object::new(address.clone(), spec).with_comment(row.try_get(17)?);
    object.partition_of = known.first().filter(|_| is_partition).map(|parent| (*parent).clone());
    Ok(object)
}

fn lacks_identity(
    table: &Read,
    columns: &IndexMap<Name, Column>,
    read: &Columns,
    reading: &Reading,
) -> bool {
    let parents = table.parents.iter().filter_map(|parent| read.of_parents.get(parent));
    let mut pairs = parents
        .flat_map(|theirs| columns.iter().filter_map(|(name, own)| Some((own, theirs.get(name)?))));
    pairs.any(|(own, theirs)| lacks(reading.version, own, theirs))
}

/// The columns that are defined in a child, and what others have otherwise than in its parents.
fn own_columns(
    table: &Read,
    columns: IndexMap<Name, Column>,
    read: &Columns,
    addresses: &HashMap<u32, Address>,
    is_partition: bool,
    reading: &mut Reading,
) -> IndexMap<Name, Column> {
    let own = columns.into_iter().filter_map(|(name, mut column)| {
        let Some(theirs) = theirs(table, &name, read, addresses) else {
            return Some((name, column));
        };
        if theirs.not_null && !column.not_null {
            let what = format!("that column {name} of {} is nullable", table.address);
            reading.cannot_manage(table.address.schema.as_ref(), what);
        }
        if read.defined.contains(&(table.oid, name.clone())) {
            return Some((name, column));
        }
        if is_partition {
            // It is the parent's.
            (column.identity, column.sequence) = (None, None);
        }
        let own = beside(&column, &theirs);
        // What only a definition can say makes it the child's.
        if own.serial || own.identity.is_some() || (own.generated.is_some() && !is_partition) {
            return Some((name, column));
        }
        (own != Column::default()).then_some((name, own))
    });
    own.collect()
}

fn theirs(
    table: &Read,
    name: &Name,
    read: &Columns,
    addresses: &HashMap<u32, Address>,
) -> Option<Column> {
    let columns = table.parents.iter().filter_map(|parent| {
        let column = read.of_parents.get(parent)?.get(name)?;
        Some(handed_down(addresses.get(parent)?, name, column))
    });
    columns.reduce(merged)
}

/// A column with a default of its own has it in spite of the parent's, which may change.
fn depend(
    table: &Read,
    object: &Object,
    columns: &Columns,
    addresses: &HashMap<u32, Address>,
    reading: &mut Reading,
) {
    for parent in &table.parents {
        let (Some(address), Some(theirs)) = (addresses.get(parent), columns.of_parents.get(parent))
        else {
            continue;
        };
        reading.add_heir(&object.address, address);
        let own = object.spec.get::<Table>().into_iter().flat_map(|spec| &spec.column);
        let own = own.filter(|(name, column)| {
            theirs.get(*name).is_some_and(|theirs| {
                let theirs = handed_down(address, name, theirs);
                let own = match &column.data_type {
                    Some(_) => &beside(column, &theirs),
                    None => column,
                };
                own.serial || own.default.is_some()
            })
        });
        for (name, _) in own {
            let own = Part::column(&object.address, name);
            reading.depends(own, Part::column(address, name), false);
        }
    }
}
