//! Indexes that partitions have because their parents have one. PostgreSQL makes and names them;
//! only one that has a name of its own choice, or is otherwise unlike its parent's, is an object.

use std::collections::HashSet;

use indexmap::IndexMap;
use tokio_postgres::Row;

use super::elements::Options;
use super::{Index, Indexes, statements};
use crate::kind::{
    Aside, Catalog, Declared, DecodeError, IndexSettings, Kind, Label, Reading, by_name,
    usual_index_name,
};
use crate::model::{Object, Part, Step};
use crate::sql::{Fragment, LockLevel, Sql};

/// What stands for an expression in the name of an index: `ChooseIndexColumnNames` in
/// `src/backend/commands/indexcmds.c`.
pub const EXPRESSION: &str = "expr";

/// Of a constraint, the index behind it: renaming it renames the constraint.
pub const QUERY: &str = "
SELECT i.indexrelid, i.indrelid, c.relname, t.relname, i.indkey,
       CASE WHEN i.indexprs IS NOT NULL THEN
         ARRAY(SELECT a.attname::text FROM pg_attribute a
               WHERE a.attrelid = i.indexrelid ORDER BY a.attnum)
       END,
       quote_ident(n.nspname) || '.' || quote_ident(p.relname), c.reloptions,
       c.reloptions IS DISTINCT FROM p.reloptions, s.spcname, c.reltablespace <> p.reltablespace,
       i.indisclustered, d.description, w.refobjid, k.contype::text, v.indisvalid,
       c.relkind = 'I', coalesce(k.conparentid = 0, false), h.inhparent
FROM pg_inherits h
JOIN pg_index i ON i.indexrelid = h.inhrelid
JOIN pg_class c ON c.oid = h.inhrelid
JOIN pg_class t ON t.oid = i.indrelid
JOIN pg_class p ON p.oid = h.inhparent
JOIN pg_index v ON v.indexrelid = h.inhparent
JOIN pg_namespace n ON n.oid = p.relnamespace
LEFT JOIN pg_tablespace s ON s.oid = c.reltablespace
LEFT JOIN pg_depend w ON w.classid = 'pg_class'::regclass AND w.objid = c.oid AND w.objsubid = 0
                     AND w.refclassid = 'pg_constraint'::regclass AND w.deptype = 'i'
LEFT JOIN pg_constraint k ON k.oid = w.refobjid
LEFT JOIN pg_description d
  ON d.classoid = 'pg_class'::regclass AND d.objoid = c.oid AND d.objsubid = 0
WHERE c.relnamespace = ANY ($1)";

/// The indexes, by OID, that keys have been attached to which partitions have by themselves.
pub fn of_keys(rows: &[Row]) -> Result<HashSet<u32>, DecodeError> {
    let mut found = HashSet::new();
    for row in rows {
        if row.try_get(17)? {
            found.insert(row.try_get(18)?);
        }
    }
    Ok(found)
}

/// One row of [`QUERY`].
pub fn decode(row: &Row, options: &Options, reading: &mut Reading) -> Result<(), DecodeError> {
    let (oid, relation): (u32, u32) = (row.try_get(0)?, row.try_get(1)?);
    let name: &str = row.try_get(2)?;
    // The index of a key that the partition has by itself, and that fits the parent's index.
    if row.try_get(17)? {
        return Ok(());
    }
    let Some(address) = reading.on_relation(Indexes::TAG, relation, name) else {
        return Ok(());
    };
    let columns = match row.try_get::<_, Option<Vec<String>>>(5)? {
        Some(columns) => columns,
        None => {
            let numbers: Vec<i16> = row.try_get(4)?;
            let names = reading.column_names(relation, &numbers);
            names.iter().map(|name| (**name).to_owned()).collect()
        }
    };
    let label = match row.try_get(14)? {
        Some("p") => Label::PrimaryKey,
        Some("u") => Label::Unique,
        Some("x") => Label::Exclude,
        _ => Label::Index,
    };
    let comment: Option<String> = row.try_get(12)?;
    let spec = Index {
        attached_to: Some(Fragment::new(row.try_get::<_, &str>(6)?)),
        storage: by_name(row.try_get(7)?),
        tablespace: row.try_get::<_, Option<&str>>(9)?.map(Into::into),
        clustered: row.try_get(11)?,
        statistics: options.statistics(oid),
        partitioned: Aside(row.try_get(16)?),
        ..Index::default()
    };
    if !row.try_get::<_, bool>(15)? {
        let what = format!("{address}, attached to an index that not every partition has");
        reading.cannot_manage(address.schema.as_ref(), what);
        return Ok(());
    }
    let unlike = comment.is_some()
        || row.try_get(8)?
        || row.try_get(10)?
        || spec.clustered
        || !spec.statistics.is_empty();
    // An expression that a concurrent build cannot name as the server does is called `expr`.
    let numbers: Vec<i16> = row.try_get(4)?;
    let unnamed: Vec<String> = columns.iter().zip(&numbers).map(of_build).collect();
    let table: &str = row.try_get(3)?;
    let usual = [&columns, &unnamed].iter().any(|columns| is_usual(name, table, columns, label));
    if !unlike && usual {
        return Ok(());
    }
    // The dependencies of a key are those of its constraint.
    if let Some(constraint) = row.try_get(13)? {
        reading.alias(Catalog::PG_CONSTRAINT, constraint, Part::whole(&address));
    }
    reading.add(Indexes::CATALOG, oid, Object::new(address, spec).with_comment(comment));
    Ok(())
}

fn of_build((column, number): (&String, &i16)) -> String {
    if *number == 0 { EXPRESSION.to_owned() } else { column.clone() }
}

/// Whether nobody chose the name.
fn is_usual(name: &str, table: &str, columns: &[String], label: Label) -> bool {
    let digits = name.len() - name.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let number = |length: usize| &name[name.len() - length..];
    (0..=digits).any(|length| usual_index_name(table, columns, label, number(length)) == name)
}

/// It is there as soon as parent's index and partition are, under whatever name.
pub fn create(it: &Declared<'_, Index>, parent: &Fragment) -> Vec<Step> {
    let sql = Sql::new("DO $$\nDECLARE\n    child regclass;\nBEGIN\n    SELECT c.oid INTO child")
        .raw("\n    FROM pg_inherits h JOIN pg_index i ON i.indexrelid = h.inhrelid")
        .raw(" JOIN pg_class c ON c.oid = i.indexrelid")
        .raw("\n    WHERE h.inhparent = ")
        .literal(parent.as_str())
        .raw("::regclass AND i.indrelid = ")
        .literal(&it.address.relation_qualified())
        .raw("::regclass AND c.relname <> ")
        .literal(&it.address.name)
        .raw(";\n    IF FOUND THEN\n        EXECUTE format('ALTER INDEX %s RENAME TO %I', child, ")
        .literal(&it.address.name)
        .raw(");\n    END IF;\nEND\n$$");
    let mut rename =
        Step::create(it.address, sql).lock(LockLevel::ShareUpdateExclusive, it.address.qualified());
    rename.title = "name index".to_owned();
    let plain = IndexSettings { storage: &IndexMap::new(), tablespace: None, clustered: false };
    let mut steps = vec![rename];
    steps.extend(it.spec.settings().changes(&plain, it.address));
    steps.extend(statements::statistics(&Index::default(), it));
    steps
}
