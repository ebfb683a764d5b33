//! Indexes from the catalog: elements are put together from columns, only expressions and
//! predicates are deparsed.

use std::collections::HashMap;

use tokio_postgres::Row;

use super::{Index, Indexes};
use crate::kind::{DecodeError, Kind, Reading, ServerVersion, by_name};
use crate::model::Object;
use crate::sql::{Fragment, quote_identifier};

pub const OPERATOR_CLASSES: &str = "
SELECT o.oid, quote_ident(n.nspname), quote_ident(o.opcname), o.opcdefault, o.opcintype
FROM pg_opclass o JOIN pg_namespace n ON n.oid = o.opcnamespace
WHERE $1::oid[] IS NOT NULL";

/// Only collations that an index has and its column's type has not.
pub const COLLATIONS: &str = "
SELECT c.oid, quote_ident(n.nspname) || '.' || quote_ident(c.collname)
FROM pg_collation c JOIN pg_namespace n ON n.oid = c.collnamespace
WHERE $1::oid[] IS NOT NULL
  AND c.oid IN (SELECT unnest(indcollation::oid[]) FROM pg_index WHERE indrelid >= 16384)";

/// An index on a partition that is attached to one on the parent (`relispartition`) is the
/// parent's.
pub fn query(version: ServerVersion) -> String {
    let nulls_not_distinct = if version.major() >= 15 { "i.indnullsnotdistinct" } else { "false" };
    format!(
        "
SELECT i.indexrelid, i.indrelid, c.relname, i.indisunique, {nulls_not_distinct}, m.amname,
       i.indnkeyatts, i.indkey, i.indclass, i.indcollation, i.indoption, i.indisvalid, c.reloptions,
       CASE WHEN i.indpred IS NOT NULL THEN pg_get_expr(i.indpred, i.indrelid) END,
       CASE WHEN i.indexprs IS NOT NULL THEN
         ARRAY(SELECT pg_get_indexdef(i.indexrelid, n, false) FROM generate_series(1, i.indnkeyatts) n)
       END,
       CASE WHEN i.indexprs IS NOT NULL THEN
         ARRAY(SELECT t.typcollation FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
               WHERE a.attrelid = i.indexrelid ORDER BY a.attnum)
       END,
       CASE WHEN i.indexprs IS NOT NULL THEN
         ARRAY(SELECT a.atttypid FROM pg_attribute a
               WHERE a.attrelid = i.indexrelid ORDER BY a.attnum)
       END,
       d.description, c.reltablespace <> 0, i.indisclustered
FROM pg_index i
JOIN pg_class c ON c.oid = i.indexrelid AND NOT c.relispartition
JOIN pg_am m ON m.oid = c.relam
LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x')
LEFT JOIN pg_description d
  ON d.classoid = 'pg_class'::regclass AND d.objoid = c.oid AND d.objsubid = 0
WHERE c.relnamespace = ANY ($1) AND k.oid IS NULL"
    )
}

struct OperatorClass {
    schema: String,
    name: String,
    default: bool,
    input: u32,
}

struct Names {
    operator_classes: HashMap<u32, OperatorClass>,
    collations: HashMap<u32, String>,
}

/// Rows of the three queries.
pub fn decode(rows: Vec<Vec<Row>>, reading: &mut Reading) -> Result<(), DecodeError> {
    let mut rows = rows.into_iter();
    let mut names = Names { operator_classes: HashMap::new(), collations: HashMap::new() };
    for row in rows.next().unwrap_or_default() {
        let class = OperatorClass {
            schema: row.try_get(1)?,
            name: row.try_get(2)?,
            default: row.try_get(3)?,
            input: row.try_get(4)?,
        };
        names.operator_classes.insert(row.try_get(0)?, class);
    }
    for row in rows.next().unwrap_or_default() {
        names.collations.insert(row.try_get(0)?, row.try_get(1)?);
    }
    rows.next().unwrap_or_default().iter().try_for_each(|row| decode_index(row, &names, reading))
}

fn decode_index(row: &Row, names: &Names, reading: &mut Reading) -> Result<(), DecodeError> {
    let relation: u32 = row.try_get(1)?;
    // An index on something that is no table, a materialized view, say, comes with that kind.
    let Some(address) = reading.on_relation(Indexes::TAG, relation, row.try_get(2)?) else {
        return Ok(());
    };
    let method: &str = row.try_get(5)?;
    let keys = usize::try_from(row.try_get::<_, i16>(6)?).unwrap_or_default();
    let numbers: Vec<i16> = row.try_get(7)?;
    let elements = Elements {
        relation,
        numbers: &numbers,
        classes: row.try_get(8)?,
        collations: row.try_get(9)?,
        options: row.try_get(10)?,
        expressions: row.try_get::<_, Option<_>>(14)?.unwrap_or_default(),
        type_collations: row.try_get::<_, Option<_>>(15)?.unwrap_or_default(),
        types: row.try_get::<_, Option<_>>(16)?.unwrap_or_default(),
    };
    let spec = Index {
        columns: (0..keys).map(|n| elements.element(n, method, names, reading)).collect(),
        unique: row.try_get(3)?,
        nulls_not_distinct: row.try_get(4)?,
        using: (method != "btree").then(|| method.to_owned()),
        include: reading.column_names(relation, numbers.get(keys..).unwrap_or_default()),
        predicate: row.try_get::<_, Option<&str>>(13)?.map(Fragment::new),
        storage: by_name(row.try_get(12)?),
        invalid: !row.try_get::<_, bool>(11)?,
    };
    for (there, what) in [(row.try_get(18)?, "the tablespace"), (row.try_get(19)?, "CLUSTER ON")] {
        if there {
            reading.cannot_manage(address.schema.as_ref(), format!("{what} of {address}"));
        }
    }
    let object = Object::new(address, spec).with_comment(row.try_get(17)?);
    reading.add(Indexes::CATALOG, row.try_get(0)?, object);
    Ok(())
}

struct Elements<'a> {
    relation: u32,
    numbers: &'a [i16],
    classes: Vec<u32>,
    collations: Vec<u32>,
    options: Vec<i16>,
    expressions: Vec<String>,
    type_collations: Vec<u32>,
    types: Vec<u32>,
}

impl Elements<'_> {
    /// One key element, with everything said that is not implied. Saying more than needed is
    /// harmless: both sides of a comparison say it.
    fn element(&self, n: usize, method: &str, names: &Names, reading: &Reading) -> Fragment {
        let column = reading.column(self.relation, self.numbers[n]);
        let (mut text, type_oid, type_collation) = match column {
            Some(column) => (quote_identifier(&column.name), column.type_oid, column.collation),
            None => (
                self.expressions.get(n).cloned().unwrap_or_default(),
                self.types.get(n).copied().unwrap_or_default(),
                self.type_collations.get(n).copied().unwrap_or_default(),
            ),
        };
        let collation = self.collations.get(n).copied().unwrap_or_default();
        if collation != 0
            && collation != type_collation
            && let Some(name) = names.collations.get(&collation)
        {
            text.push_str(" COLLATE ");
            text.push_str(name);
        }
        if let Some(class) = self.classes.get(n).and_then(|oid| names.operator_classes.get(oid))
            && !(class.default && implied(class.input, type_oid))
        {
            text.push(' ');
            if class.schema != "pg_catalog" {
                text.push_str(&class.schema);
                text.push('.');
            }
            text.push_str(&class.name);
        }
        // INDOPTION_DESC is 1, INDOPTION_NULLS_FIRST 2; DESC implies NULLS FIRST.
        let option = self.options.get(n).copied().unwrap_or_default();
        if method == "btree" {
            text.push_str(match option & 3 {
                1 => " DESC NULLS LAST",
                2 => " NULLS FIRST",
                3 => " DESC",
                _ => "",
            });
        }
        Fragment::new(text)
    }
}

/// Whether a default operator class is the one that a column of the type gets. A varchar column
/// gets the one for text; arrays, enums and ranges get polymorphic ones (anyarray 2277, anyenum
/// 3500, anyrange 3831, anymultirange 4537, record 2249).
fn implied(input: u32, column: u32) -> bool {
    input == column
        || (input == 25 && column == 1043)
        || matches!(input, 2277 | 3500 | 3831 | 4537 | 2249)
}
