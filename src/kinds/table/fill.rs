//! A new column with another value for each row, in a table that others go on using. PostgreSQL would write the
//! table anew while nobody can read it; so the column comes without values, gets its default, and the rows that
//! are there get theirs some at a time. Its comment says so until they have: a run that was cut off is gone
//! on with.

use super::Table;
use super::alter::alter;
use super::column::Column;
use super::column_steps::beyond_definition;
use super::create::{comment, definition};
use super::not_null;
use crate::kind::{Declared, Site, rest};
use crate::model::{Name, Part, Shape, Step};
use crate::sql::{Fragment, LockLevel, Sql, quote_identifier, quote_literal};

type It<'a> = Declared<'a, Table>;

/// The comment of a column whose rows have no values yet.
const EMPTY: &str = "pgconverge: its rows are yet to get their values";

/// How many pages are filled at a time.
const PAGES: u32 = 64;

/// Steps that add the column and fill it. `None`: there is nothing to fill, or nobody who would wait.
pub fn added(it: &It<'_>, name: &Name, column: &Column) -> Option<Vec<Step>> {
    let site = it.site.filter(|site| site.online)?;
    let volatile = site.natures.get(&Part::column(it.address, name)).is_some_and(|it| it.volatile);
    let plain = column.default.is_some() && !column.serial && column.identity.is_none();
    // Other children than partitions have their rows elsewhere.
    let whole = !it.spec.has_children.0 || site.relation.partitioned;
    if !volatile || !plain || !whole {
        return None;
    }
    let empty = Column {
        default: None,
        not_null: false,
        particular_not_null: None,
        comment: Some(EMPTY.to_owned()),
        ..column.clone()
    };
    let add = Sql::new("ADD COLUMN ").append(&definition(name, &empty));
    let add = alter(it, format!("add column {name}, without values"), &add);
    let mut steps = vec![add, comment(it, name, &empty)];
    let default = column.default.as_ref()?;
    let words = Sql::new("ALTER COLUMN ").identifier(name).raw(" SET DEFAULT ").fragment(default);
    steps.push(alter(it, format!("set the default of {name}"), &words));
    steps.extend(rows(it, site, name));
    steps.extend(not_null::changes(it, name, &empty, column));
    steps.extend(beyond_definition(it, name, &Column { comment: None, ..column.clone() }));
    steps.push(comment(it, name, column));
    Some(in_order(it, name, steps))
}

/// Whether an earlier run was cut off before it had filled the column.
pub fn is_empty(old: &Column, new: &Column) -> bool {
    old.comment.as_deref() == Some(EMPTY) && new.default.is_some()
}

/// The rest of the filling then.
pub fn gone_on(it: &It<'_>, name: &Name, old: &Column, new: &Column) -> Vec<Step> {
    match it.site.filter(|_| is_empty(old, new)) {
        Some(site) => rows(it, site, name),
        None => Vec::new(),
    }
}

/// Each step is about the column, and so comes after the one before it.
pub fn in_order(it: &It<'_>, name: &Name, mut steps: Vec<Step>) -> Vec<Step> {
    let part = Part::column(it.address, name);
    for step in steps.iter_mut().filter(|step| !step.makes.contains(&part)) {
        step.makes.push(part.clone());
    }
    steps
}

/// A step for each table that has rows of its own.
fn rows(it: &It<'_>, site: Site<'_>, name: &Name) -> Vec<Step> {
    if !site.relation.partitioned {
        return vec![fill(it, &it.address.qualified(), name)];
    }
    let leaves = site.relation.partitions.iter().filter(|it| it.shape == Shape::Leaf);
    leaves.map(|leaf| fill(it, &format!("{}.{}", leaf.schema, leaf.name), name)).collect()
}

/// Page by page, with a rest after each batch for as long as it took; then what others have moved meanwhile.
fn fill(it: &It<'_>, table: &str, name: &Name) -> Step {
    let column = quote_identifier(name);
    let block = format!(
        "
DECLARE
  page bigint := 0;
  began timestamptz;
BEGIN
  WHILE page < pg_relation_size({literal}) / current_setting('block_size')::bigint LOOP
    began := clock_timestamp();
    UPDATE ONLY {table} AS it SET {column} = DEFAULT
    WHERE it.ctid >= format('(%s,0)', page)::tid AND it.ctid < format('(%s,0)', page + {PAGES})::tid
      AND it.{column} IS NULL;
    COMMIT;
    {rest}
    page := page + {PAGES};
  END LOOP;
  UPDATE ONLY {table} AS it SET {column} = DEFAULT WHERE it.{column} IS NULL;
END
",
        literal = quote_literal(table),
        rest = rest("began"),
    );
    let sql = Sql::new("DO ").body(&Fragment::new(block));
    Step::alter(it.address, format!("fill {name} of {table}, some rows at a time"), sql)
        .lock(LockLevel::RowExclusive, table.to_owned())
        .scans()
        .outside_transactions()
}
