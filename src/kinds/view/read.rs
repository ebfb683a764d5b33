//! Views from the catalog.

use indexmap::IndexMap;
use tokio_postgres::Row;

use super::{CheckOption, Column, View, Views};
use crate::kind::{Catalog, DecodeError, Kind, Reading, by_name, query_columns};
use crate::model::{Address, Name, Object, Part};
use crate::sql::Fragment;

/// A view is a relation with a rule of this name.
pub const VIEWS: &str = "
SELECT c.oid, r.oid, c.relnamespace, c.relname, c.reloptions, pg_get_viewdef(c.oid), d.description
FROM pg_class c
JOIN pg_rewrite r ON r.ev_class = c.oid AND r.rulename = '_RETURN'
LEFT JOIN pg_description d
  ON d.classoid = 'pg_class'::regclass AND d.objoid = c.oid AND d.objsubid = 0
WHERE c.relkind = 'v' AND c.relnamespace = ANY ($1)";

pub fn columns() -> String {
    let default = "CASE WHEN a.atthasdef THEN
         (SELECT pg_get_expr(e.adbin, e.adrelid) FROM pg_attrdef e
          WHERE e.adrelid = a.attrelid AND e.adnum = a.attnum) END";
    query_columns::query("v", default)
}

/// Rows of [`columns`], then of [`VIEWS`].
pub fn decode(rows: Vec<Vec<Row>>, reading: &mut Reading) -> Result<(), DecodeError> {
    let mut rows = rows.into_iter();
    let mut columns = query_columns::decode(rows.next().unwrap_or_default(), reading)?;
    for row in rows.next().unwrap_or_default() {
        let oid: u32 = row.try_get(0)?;
        let Some(schema) = reading.schema(row.try_get(2)?).cloned() else { continue };
        let name: Name = row.try_get::<_, &str>(3)?.into();
        let address = Address::in_schema(Views::TAG, &schema, &name);
        let options = by_name(row.try_get(4)?);
        let of = columns.remove(&oid).unwrap_or_default();
        let mut column = IndexMap::new();
        for it in of.columns {
            let default = it.row.try_get::<_, Option<&str>>(query_columns::OWN)?;
            let said = Column { default: default.map(Fragment::new), comment: it.comment };
            if said != Column::default() {
                column.insert(it.name, said);
            }
        }
        let spec = View {
            columns: Vec::new(),
            check_option: match options.get("check_option").map(String::as_str) {
                Some("local") => Some(CheckOption::Local),
                Some("cascaded") => Some(CheckOption::Cascaded),
                _ => None,
            },
            security_barrier: is_on(&options, "security_barrier"),
            security_invoker: is_on(&options, "security_invoker"),
            query: Fragment::new(query_columns::query_text(row.try_get(5)?)),
            column,
            output: of.output,
        };
        if !reading.is_member(Views::CATALOG, oid) {
            let rule = row.try_get(1)?;
            reading.alias(Catalog::PG_REWRITE, rule, Part::whole(&address));
        }
        let object = Object::new(address, spec).with_comment(row.try_get(6)?);
        reading.add(Views::CATALOG, oid, object);
    }
    Ok(())
}

/// A boolean option as `parse_bool` in `src/backend/utils/adt/bool.c` takes it.
fn is_on(options: &IndexMap<String, String>, name: &str) -> bool {
    let value = options.get(name).map(|value| value.to_lowercase()).unwrap_or_default();
    let begins = |word: &str| !value.is_empty() && word.starts_with(&value);
    begins("true") || begins("yes") || value == "on" || value == "1"
}
