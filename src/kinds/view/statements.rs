//! CREATE, ALTER and DROP VIEW.

use super::{CheckOption, Column, View};
use crate::kind::{Declared, Release};
use crate::model::{Name, Part, Step};
use crate::sql::{LockLevel, Sql};

type It<'a> = Declared<'a, View>;

pub fn create(it: &It<'_>) -> Vec<Step> {
    let mut steps = vec![Step::create(it.address, define(it, "CREATE VIEW "))];
    for (name, column) in &it.spec.column {
        steps.extend(column_steps(it, name, &Column::default(), column));
    }
    steps
}

pub fn alter(from: &It<'_>, to: &It<'_>) -> Vec<Step> {
    let (old, new) = (from.spec, to.spec);
    let mut steps = Vec::new();
    if old.query != new.query || old.output != new.output {
        let appended: Vec<&Name> = new.output.keys().skip(old.output.len()).collect();
        steps.push(redefine(to, &appended));
    } else {
        steps.extend(change_options(from, to));
    }
    let nothing = Column::default();
    for (name, column) in &old.column {
        steps.extend(column_steps(to, name, column, new.column.get(name).unwrap_or(&nothing)));
    }
    for (name, column) in new.column.iter().filter(|(name, _)| !old.column.contains_key(*name)) {
        steps.extend(column_steps(to, name, &nothing, column));
    }
    steps
}

pub fn drop(it: &It<'_>) -> Step {
    let sql = Sql::new("DROP VIEW ").raw(&it.address.qualified());
    Step::drop(it.address, sql).lock(LockLevel::AccessExclusive, it.address.qualified())
}

/// The query and the options anew; `appended` are columns that come with it.
pub fn redefine(it: &It<'_>, appended: &[&Name]) -> Step {
    let step = Step::alter(it.address, "redefine view", define(it, "CREATE OR REPLACE VIEW "))
        .makes(Part::whole(it.address))
        .lock(LockLevel::AccessExclusive, it.address.qualified());
    appended.iter().fold(step, |step, column| step.makes(Part::column(it.address, column)))
}

/// The default of a column steps aside.
pub fn release(it: &It<'_>, column: &Name) -> Option<Release> {
    let with = it.spec.column.get(column)?;
    with.default.as_ref()?;
    let without = Column { default: None, ..with.clone() };
    Some(Release {
        disturbs: None,
        aside: column_steps(it, column, with, &without),
        back: column_steps(it, column, &without, with),
        refused: None,
    })
}

fn define(it: &It<'_>, verb: &str) -> Sql {
    let mut sql = Sql::new(verb).raw(&it.address.qualified());
    if !it.spec.columns.is_empty() {
        sql = sql.raw(" (").identifiers(it.spec.columns.iter().map(|name| &**name)).raw(")");
    }
    let options = options(it.spec);
    let set: Vec<String> = options
        .iter()
        .filter_map(|(name, value)| Some(format!("{name} = {}", (*value)?)))
        .collect();
    if !set.is_empty() {
        sql = sql.raw(&format!(" WITH ({})", set.join(", ")));
    }
    sql.raw(" AS\n").fragment(&it.spec.query)
}

/// What a view can have after WITH, none where it is at its default.
fn options(view: &View) -> [(&'static str, Option<&'static str>); 3] {
    let check_option = view.check_option.map(|option| match option {
        CheckOption::Local => "local",
        CheckOption::Cascaded => "cascaded",
    });
    [
        ("check_option", check_option),
        ("security_barrier", view.security_barrier.then_some("true")),
        ("security_invoker", view.security_invoker.then_some("true")),
    ]
}

fn change_options(from: &It<'_>, to: &It<'_>) -> Vec<Step> {
    let (mut set, mut reset) = (Vec::new(), Vec::new());
    for ((name, old), (_, new)) in options(from.spec).into_iter().zip(options(to.spec)) {
        match new {
            Some(value) if old != new => set.push(format!("{name} = {value}")),
            None if old.is_some() => reset.push(name.to_owned()),
            _ => {}
        }
    }
    let step = |words: &str, list: Vec<String>| {
        (!list.is_empty())
            .then(|| alter_view(to, "change options", &format!("{words} ({})", list.join(", "))))
    };
    step("SET", set).into_iter().chain(step("RESET", reset)).collect()
}

fn alter_view(it: &It<'_>, title: &str, action: &str) -> Step {
    let sql = Sql::new("ALTER VIEW ").raw(&it.address.qualified()).raw(" ").raw(action);
    Step::alter(it.address, title, sql).lock(LockLevel::AccessExclusive, it.address.qualified())
}

fn column_steps(it: &It<'_>, name: &Name, old: &Column, new: &Column) -> Vec<Step> {
    let mut steps = Vec::new();
    if old.default != new.default {
        let sql = Sql::new("ALTER VIEW ")
            .raw(&it.address.qualified())
            .raw(" ALTER COLUMN ")
            .identifier(name);
        let (title, sql) = match &new.default {
            Some(default) => ("set default of", sql.raw(" SET DEFAULT ").fragment(default)),
            None => ("drop default of", sql.raw(" DROP DEFAULT")),
        };
        let mut step = Step::alter(it.address, format!("{title} column {name}"), sql)
            .lock(LockLevel::AccessExclusive, it.address.qualified());
        if old.default.is_some() {
            step = step.unmakes(Part::column(it.address, name));
        }
        if new.default.is_some() {
            step = step.makes(Part::column(it.address, name));
        }
        steps.push(step);
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
