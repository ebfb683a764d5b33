//! CREATE, ALTER, REFRESH and DROP MATERIALIZED VIEW.

use super::{Column, MaterializedView};
use crate::kind::tuning::{self, Tuning};
use crate::kind::{Declared, storage};
use crate::model::{Name, Part, Step};
use crate::sql::{LockLevel, Sql};

type It<'a> = Declared<'a, MaterializedView>;

pub fn create(it: &It<'_>) -> Vec<Step> {
    let spec = it.spec;
    let mut sql = Sql::new("CREATE MATERIALIZED VIEW ").raw(&it.address.qualified());
    if !spec.columns.is_empty() {
        sql = sql.raw(" (").identifiers(spec.columns.iter().map(|name| &**name)).raw(")");
    }
    if let Some(method) = &spec.using {
        sql = sql.raw(" USING ").identifier(method);
    }
    if !spec.storage.is_empty() {
        sql = sql.raw(" WITH (").raw(&storage::list(&spec.storage)).raw(")");
    }
    if let Some(tablespace) = &spec.tablespace {
        sql = sql.raw(" TABLESPACE ").identifier(tablespace);
    }
    sql = sql.raw(" AS\n").fragment(&spec.query);
    if !spec.populated {
        sql = sql.raw("\nWITH NO DATA");
    }
    let mut steps = vec![Step::create(it.address, sql).evaluates()];
    for (name, column) in &spec.column {
        steps.extend(column_steps(it, name, &Column::default(), column));
    }
    steps
}

pub fn alter(from: &It<'_>, to: &It<'_>) -> Vec<Step> {
    let (old, new) = (from.spec, to.spec);
    let mut steps = Vec::new();
    if old.tablespace != new.tablespace {
        let tablespace = new.tablespace.as_deref().or(old.usual_tablespace.0.as_deref());
        let tablespace = tablespace.unwrap_or("pg_default");
        let action = Sql::new("SET TABLESPACE ").identifier(tablespace);
        steps.push(alter_view(to, "move to another tablespace", &action).rewrites());
    }
    for action in storage::changes(&old.storage, &new.storage) {
        steps.push(alter_view(to, "change storage parameters", &action));
    }
    let nothing = Column::default();
    for (name, column) in &old.column {
        steps.extend(column_steps(to, name, column, new.column.get(name).unwrap_or(&nothing)));
    }
    for (name, column) in new.column.iter().filter(|(name, _)| !old.column.contains_key(*name)) {
        steps.extend(column_steps(to, name, &nothing, column));
    }
    if old.populated != new.populated {
        let sql = Sql::new("REFRESH MATERIALIZED VIEW ").raw(&to.address.qualified());
        let (title, sql) = match new.populated {
            true => ("populate", sql),
            false => ("empty", sql.raw(" WITH NO DATA")),
        };
        steps.push(
            Step::alter(to.address, title, sql)
                .lock(LockLevel::AccessExclusive, to.address.qualified())
                .rewrites(),
        );
    }
    steps
}

pub fn drop(it: &It<'_>) -> Step {
    let sql = Sql::new("DROP MATERIALIZED VIEW ").raw(&it.address.qualified());
    Step::drop(it.address, sql).lock(LockLevel::AccessExclusive, it.address.qualified())
}

fn alter_view(it: &It<'_>, title: &str, action: &Sql) -> Step {
    let sql =
        Sql::new("ALTER MATERIALIZED VIEW ").raw(&it.address.qualified()).raw(" ").append(action);
    Step::alter(it.address, title, sql).lock(LockLevel::AccessExclusive, it.address.qualified())
}

fn column_steps(it: &It<'_>, name: &Name, old: &Column, new: &Column) -> Vec<Step> {
    let mut steps = Vec::new();
    if let Some(action) = tuning::actions(name, Some(&tuned(old)), Some(&tuned(new)), false) {
        steps.push(alter_view(it, &format!("change how {name} is kept"), &action));
    }
    if old.comment != new.comment {
        let sql = Sql::new("COMMENT ON COLUMN ")
            .raw(&it.address.qualified())
            .raw(".")
            .identifier(name)
            .raw(" IS ");
        let sql = match &new.comment {
            Some(comment) => sql.literal(comment),
            None => sql.raw("NULL"),
        };
        let title = format!("comment on column {name}");
        steps.push(
            Step::alter(it.address, title, sql)
                .lock(LockLevel::ShareUpdateExclusive, it.address.qualified())
                .makes(Part::column(it.address, name)),
        );
    }
    steps
}

fn tuned(column: &Column) -> Tuning {
    Tuning {
        storage: column.storage,
        compression: column.compression,
        statistics: column.statistics,
        options: column.options.clone(),
        usual: column.usual,
    }
}
