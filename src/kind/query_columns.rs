//! The columns of relations that have them from a query: views and materialized views.

use std::collections::HashMap;

use indexmap::IndexMap;
use tokio_postgres::Row;

use super::reading::{ColumnFacts, DecodeError, Reading};
use crate::model::Name;
use crate::sql::{Fragment, quote_literal};

/// How many columns the rows of [`query`] have before those asked for.
pub const OWN: usize = 8;

/// One column, with the rest of its row for the kind.
#[derive(Debug)]
pub struct QueryColumn {
    pub name: Name,
    pub comment: Option<String>,
    pub row: Row,
}

/// The columns of one relation.
#[derive(Debug, Default)]
pub struct QueryColumns {
    /// In their order.
    pub columns: Vec<QueryColumn>,
    /// The type of each, with the collation where that is not the type's.
    pub output: IndexMap<Name, String>,
}

/// The statement that reads the columns of all relations of a kind (`pg_class.relkind`), with `more`
/// expressions about each: `a` is its `pg_attribute`, `t` its type. These relations are few among
/// all, so their columns are looked up and not looked for.
#[must_use]
pub fn query(relkind: &str, more: &str) -> String {
    let relkind = quote_literal(relkind);
    format!(
        "
SELECT a.attrelid, a.attnum, a.attname, a.atttypid, a.attcollation,
       format_type(a.atttypid, a.atttypmod),
       CASE WHEN a.attcollation <> 0 AND a.attcollation <> t.typcollation
            THEN quote_ident(n.nspname) || '.' || quote_ident(o.collname) END,
       d.description, {more}
FROM pg_attribute a
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN (pg_collation o JOIN pg_namespace n ON n.oid = o.collnamespace)
  ON o.oid = a.attcollation AND a.attcollation <> t.typcollation
LEFT JOIN pg_description d
  ON d.classoid = 'pg_class'::regclass AND d.objoid = a.attrelid AND d.objsubid = a.attnum
WHERE a.attnum > 0 AND NOT a.attisdropped
  AND a.attrelid = ANY (ARRAY(SELECT c.oid FROM pg_class c
                              WHERE c.relkind = {relkind} AND c.relnamespace = ANY ($1)))"
    )
}

/// The rows of that statement, by relation; what others need to know of them goes into `reading`.
///
/// # Errors
/// As [`super::Kind::decode`].
pub fn decode(
    rows: Vec<Row>,
    reading: &mut Reading,
) -> Result<HashMap<u32, QueryColumns>, DecodeError> {
    let mut numbered = Vec::with_capacity(rows.len());
    for row in rows {
        numbered.push((row.try_get::<_, u32>(0)?, row.try_get::<_, i16>(1)?, row));
    }
    numbered.sort_unstable_by_key(|(relation, number, _)| (*relation, *number));
    let mut relations: HashMap<u32, QueryColumns> = HashMap::new();
    let mut facts: HashMap<u32, Vec<ColumnFacts>> = HashMap::new();
    for (relation, number, row) in numbered {
        let name: Name = row.try_get::<_, &str>(2)?.into();
        let mut text: String = row.try_get(5)?;
        if let Some(collation) = row.try_get::<_, Option<&str>>(6)? {
            text.push_str(" COLLATE ");
            text.push_str(collation);
        }
        facts.entry(relation).or_default().push(ColumnFacts {
            number,
            name: name.clone(),
            type_oid: row.try_get(3)?,
            collation: row.try_get(4)?,
        });
        let columns = relations.entry(relation).or_default();
        columns.output.insert(name.clone(), text);
        let comment = row.try_get(7)?;
        columns.columns.push(QueryColumn { name, comment, row });
    }
    for (relation, facts) in facts {
        reading.add_columns(relation, facts);
    }
    Ok(relations)
}

/// [`Fragment::adopt`] for a query, unless it may have a star in it, alone or as `t.*`: that stands
/// for the columns of a relation in their order, which is not the same in a live database as in the
/// files once a column was added. The canonical text names each.
pub fn adopt(canonical: &mut Fragment, written: &Fragment, live: Option<&Fragment>) {
    if !written.as_str().contains('*') {
        canonical.adopt(written, live);
    }
}

/// The text of `pg_get_viewdef` as a query: it comes with a blank before and a semicolon after.
#[must_use]
pub fn query_text(definition: &str) -> &str {
    let text = definition.trim();
    text.strip_suffix(';').unwrap_or(text)
}
