//! CREATE, ALTER and DROP FOREIGN TABLE.

use super::{Column, ForeignTable};
use crate::kind::{Declared, Disturbance, Release};
use crate::model::{Address, Name, Part, Step};
use crate::sql::{LockLevel, Sql};

type It<'a> = Declared<'a, ForeignTable>;

pub fn create(it: &It<'_>) -> Vec<Step> {
    let mut sql = Sql::new("CREATE FOREIGN TABLE ").raw(&it.address.qualified()).raw(" (");
    for (n, (name, column)) in it.spec.column.iter().enumerate() {
        let before = if n > 0 { ",\n    " } else { "\n    " };
        sql = sql.raw(before).append(&definition(name, column));
    }
    let after = if it.spec.column.is_empty() { ")" } else { "\n)" };
    let sql = sql.raw(after).raw(" SERVER ").identifier(&it.spec.server);
    let mut steps = vec![Step::create(it.address, it.spec.options.clause(sql))];
    let commented = it.spec.column.iter().filter(|(_, column)| column.comment.is_some());
    steps.extend(commented.map(|(name, column)| comment(it.address, name, column)));
    steps
}

pub fn drop(it: &It<'_>) -> Vec<Step> {
    let sql = Sql::new("DROP FOREIGN TABLE ").raw(&it.address.qualified());
    vec![Step::drop(it.address, sql).lock(LockLevel::AccessExclusive, it.address.qualified())]
}

/// A foreign table holds no rows here, so nothing is lost and nothing is written anew.
pub fn alter(from: &It<'_>, to: &It<'_>) -> Vec<Step> {
    let mut steps = Vec::new();
    let anew = |name: &Name, old: &Column| {
        to.spec.column.get(name).is_none_or(|new| new.must_recreate(old))
    };
    for (name, _) in from.spec.column.iter().filter(|(name, old)| anew(name, old)) {
        steps.push(drop_column(to.address, name));
    }
    for (name, column) in &to.spec.column {
        match from.spec.column.get(name) {
            Some(old) if !column.must_recreate(old) => {
                steps.extend(alter_column(to.address, name, old, column));
            }
            _ => {
                steps.push(add_column(to.address, name, column));
                steps.extend(column.comment.as_ref().map(|_| comment(to.address, name, column)));
            }
        }
    }
    let change = to.spec.options.changes(&from.spec.options, table(to.address));
    steps.extend(change.map(|sql| step(to.address, "change options", sql)));
    steps
}

/// A default steps aside; what is generated is made anew; a column whose type is replaced steps over
/// to the new one of that name.
pub fn release(it: &It<'_>, name: &Name, referenced: &[Part]) -> Option<Release> {
    let column = it.spec.column.get(name)?;
    let part = Part::column(it.address, name);
    if column.generated.is_some() {
        return Some(Release {
            disturbs: Some(Disturbance::Recreated),
            aside: vec![drop_column(it.address, name)],
            back: vec![add_column(it.address, name, column)],
            refused: None,
        });
    }
    let over = referenced.iter().any(|part| column.is_of(part));
    if column.default.is_none() && !over {
        return None;
    }
    let mut release = Release { disturbs: Some(Disturbance::Redefaulted), ..Release::default() };
    let alter = || alter_of(it.address, name);
    if let Some(default) = &column.default {
        let aside =
            step(it.address, &format!("drop default of {name}"), alter().raw(" DROP DEFAULT"));
        let back = alter().raw(" SET DEFAULT ").fragment(default);
        let back = step(it.address, &format!("set default of {name}"), back);
        release.aside.push(aside.unmakes(part.clone()));
        release.back.push(back.makes(part.clone()));
    }
    if over {
        release.disturbs = Some(Disturbance::Retyped);
        let title = format!("give {name} the new type");
        let mut over = step(it.address, &title, typed(alter(), column));
        // The default lets go of everything else.
        let others = referenced.iter().filter(|part| !column.is_of(part));
        over.without.extend(others.map(|part| part.address.clone()));
        release.aside.push(over.unmakes(part.clone()).makes(part));
    }
    Some(release)
}

/// Every default and every generated column, made from the same expression once more.
pub fn reread(it: &It<'_>) -> Vec<Step> {
    let releases = it.spec.column.keys().filter_map(|name| release(it, name, &[]));
    releases.flat_map(|release| release.aside.into_iter().chain(release.back)).collect()
}

fn typed(sql: Sql, column: &Column) -> Sql {
    let sql = sql.raw(" TYPE ").fragment(&column.data_type);
    match &column.collation {
        Some(collation) => sql.raw(" COLLATE ").fragment(collation),
        None => sql,
    }
}

fn alter_column(address: &Address, name: &Name, old: &Column, new: &Column) -> Vec<Step> {
    let mut steps = Vec::new();
    let part = Part::column(address, name);
    let alter = || alter_of(address, name);
    let mut add = |title: &str, sql: Sql| {
        let step = step(address, &format!("{title} of {name}"), sql);
        steps.push(step.unmakes(part.clone()).makes(part.clone()));
    };
    if old.default != new.default && old.default.is_some() {
        add("drop default", alter().raw(" DROP DEFAULT"));
    }
    if new.is_retyped(old) {
        add("change type", typed(alter(), new));
    }
    if let Some(default) = new.default.as_ref().filter(|_| old.default != new.default) {
        add("set default", alter().raw(" SET DEFAULT ").fragment(default));
    }
    match (old.not_null, new.not_null) {
        (false, true) => add("set not null", alter().raw(" SET NOT NULL")),
        (true, false) => add("drop not null", alter().raw(" DROP NOT NULL")),
        _ => {}
    }
    if let Some(sql) = new.options.changes(&old.options, alter()) {
        add("change options", sql);
    }
    if old.comment != new.comment {
        steps.push(comment(address, name, new));
    }
    steps
}

fn add_column(address: &Address, name: &Name, column: &Column) -> Step {
    let sql = table(address).raw(" ADD COLUMN ").append(&definition(name, column));
    step(address, &format!("add column {name}"), sql).makes(Part::column(address, name))
}

fn drop_column(address: &Address, name: &Name) -> Step {
    let sql = table(address).raw(" DROP COLUMN ").identifier(name);
    step(address, &format!("drop column {name}"), sql).unmakes(Part::column(address, name))
}

/// <https://www.postgresql.org/docs/current/sql-createforeigntable.html>
fn definition(name: &Name, column: &Column) -> Sql {
    let mut sql = Sql::default().identifier(name).raw(" ").fragment(&column.data_type);
    sql = column.options.clause(sql);
    if let Some(collation) = &column.collation {
        sql = sql.raw(" COLLATE ").fragment(collation);
    }
    if column.not_null {
        sql = sql.raw(" NOT NULL");
    }
    if let Some(default) = &column.default {
        sql = sql.raw(" DEFAULT ").fragment(default);
    }
    match &column.generated {
        Some(expression) => sql.raw(" GENERATED ALWAYS AS (").fragment(expression).raw(") STORED"),
        None => sql,
    }
}

fn comment(address: &Address, name: &Name, column: &Column) -> Step {
    let sql = Sql::new("COMMENT ON COLUMN ").raw(&address.qualified()).raw(".").identifier(name);
    let sql = match &column.comment {
        Some(comment) => sql.raw(" IS ").literal(comment),
        None => sql.raw(" IS NULL"),
    };
    Step::alter(address, format!("comment on {name}"), sql)
        .lock(LockLevel::ShareUpdateExclusive, address.qualified())
        .makes(Part::column(address, name))
}

fn table(address: &Address) -> Sql {
    Sql::new("ALTER FOREIGN TABLE ").raw(&address.qualified())
}

fn alter_of(address: &Address, name: &Name) -> Sql {
    table(address).raw(" ALTER COLUMN ").identifier(name)
}

fn step(address: &Address, title: &str, sql: Sql) -> Step {
    Step::alter(address, title, sql).lock(LockLevel::AccessExclusive, address.qualified())
}
