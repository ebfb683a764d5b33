//! Steps about one column.

use super::Table;
use super::alter::{alter, alter_only};
use super::column::{Column, Regenerated, regenerated, retyped};
use super::create::{comment, definition, identity_clause, identity_words};
use super::fill;
use super::not_null;
use super::numbered::identity_of;
use super::retype::{self, Conversion, Held};
use super::sequence_steps::{
    continue_after_rows, identity_options, make_serial, sequence_type, serial_sequence,
};
use crate::kind::Declared;
use crate::kind::tuning::{self, Tuning};
use crate::model::{Name, Nature, Part, Reach, Step};
use crate::sql::{Fragment, LockLevel, Sql};

type It<'a> = Declared<'a, Table>;

/// A column with its comment.
pub fn added(it: &It<'_>, name: &Name, column: &Column) -> Vec<Step> {
    fill::added(it, name, column).unwrap_or_else(|| {
        std::iter::once(add_column(it, name, column))
            .chain(beyond_definition(it, name, column))
            .collect()
    })
}

/// What the definition of a column leaves to be said.
pub fn beyond_definition(it: &It<'_>, name: &Name, column: &Column) -> Vec<Step> {
    let tuning = tune(it, name, None, column.tuning.as_deref(), false);
    let comment = column.comment.is_some().then(|| comment(it, name, column));
    let not_null = not_null::beyond_definition(it, name, column);
    not_null.into_iter().chain(tuning).chain(comment).collect()
}

/// Children have these for themselves.
pub fn tune(
    it: &It<'_>,
    name: &Name,
    old: Option<&Tuning>,
    new: Option<&Tuning>,
    retyped: bool,
) -> Option<Step> {
    let actions = tuning::actions(name, old, new, retyped)?;
    let title = format!("change how {name} is kept");
    let mut step = alter_only(it, title, &actions).makes(Part::column(it.address, name));
    if tuning::is_about_statistics(old, new, retyped) {
        step.locks.iter_mut().for_each(|lock| lock.level = LockLevel::ShareUpdateExclusive);
    }
    Some(step)
}

fn add_column(it: &It<'_>, name: &Name, column: &Column) -> Step {
    let action = Sql::new("ADD COLUMN ").append(&definition(name, column));
    let step =
        alter(it, format!("add column {name}"), &action).makes(Part::column(it.address, name));
    // A stored value for each row, or one that a domain may refuse; a plain default is kept in the catalog
    // since version 11.
    // https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES
    let stored = column.generated.is_some() && !column.is_virtual;
    let nature = it.site.and_then(|site| site.natures.get(&Part::column(it.address, name)));
    let constrained =
        |nature: &Nature| nature.domain.as_ref().is_some_and(|domain| domain.constrained);
    let each = nature.is_some_and(|nature| nature.volatile || constrained(nature));
    let anew = column.serial || column.identity.is_some() || stored || each;
    if anew { step.rewrites() } else { step }
}

pub fn drop_column(it: &It<'_>, name: &Name, column: &Column) -> Step {
    let action = Sql::new("DROP COLUMN ").identifier(name);
    let step =
        alter(it, format!("drop column {name}"), &action).unmakes(Part::column(it.address, name));
    if column.generated.is_some() {
        step
    } else {
        step.loses_of_every_row(format!("every value of {}.{name}", it.address.qualified()))
    }
}

pub fn changes(it: &It<'_>, name: &Name, old: &Column, new: &Column) -> Vec<Step> {
    let column = Part::column(it.address, name);
    let act = |title: String, action: Sql| {
        let action = Sql::new("ALTER COLUMN ").identifier(name).raw(" ").append(&action);
        alter(it, title, &action).makes(column.clone())
    };
    let mut steps = Vec::new();
    let retype = retyped(old, new) && new.data_type.is_some();
    if let (Regenerated::InPlace, Some(expression)) =
        (regenerated(old, new, it.spec.version.0), &new.generated)
    {
        let action = Sql::new("SET EXPRESSION AS (").fragment(expression).raw(")");
        steps.push(act(format!("change the expression of {name}"), action).rewrites());
    }
    // A sequence does not follow its column's type by itself.
    let sequence_follows = retype && old.serial && new.serial;
    if regenerated(old, new, it.spec.version.0) == Regenerated::Kept {
        steps.push(act(format!("keep the values of {name}"), Sql::new("DROP EXPRESSION")));
    }
    if old.identity.is_some() && new.identity.is_none() {
        let mut step = act(format!("make {name} no identity column"), Sql::new("DROP IDENTITY"))
            .loses(format!("the position of {name}'s sequence"));
        step.claims.push(identity_of(it.address));
        steps.push(step);
    }
    // A default is converted like the values; one that cannot be steps aside.
    let default_aside = retype && !conversion(old, new).assigned;
    let default_goes = old.default.is_some() && (new.default.is_none() || default_aside);
    if default_goes || (old.serial && !new.serial) {
        steps.push(act(format!("drop the default of {name}"), Sql::new("DROP DEFAULT")));
    }
    if old.serial && !new.serial {
        let sql = Sql::new("DROP SEQUENCE ").raw(&serial_sequence(it, name));
        let mut step = Step::alter(it.address, format!("drop the sequence of {name}"), sql)
            .lock(LockLevel::AccessExclusive, serial_sequence(it, name))
            .makes(column.clone())
            .loses(format!("the position of {name}'s sequence"));
        step.frees.push(format!("relation {}", serial_sequence(it, name)));
        steps.push(step);
    }
    if retype {
        steps.push(change_type(it, name, old, new));
    }
    if sequence_follows {
        let sql = Sql::new("ALTER SEQUENCE ")
            .raw(&serial_sequence(it, name))
            .raw(&format!(" AS {}", sequence_type(new)));
        let title = format!("change the type of {name}'s sequence");
        steps.push(
            Step::alter(it.address, title, sql)
                .lock(LockLevel::ShareRowExclusive, serial_sequence(it, name))
                .makes(column.clone()),
        );
    }
    let mut not_null = not_null::changes(it, name, old, new);
    if !new.not_null {
        steps.append(&mut not_null);
    }
    if let Some(default) = &new.default
        && (old.default != new.default || default_aside)
    {
        let action = Sql::new("SET DEFAULT ").fragment(default);
        steps.push(act(format!("set the default of {name}"), action));
    }
    steps.extend(fill::gone_on(it, name, old, new));
    steps.append(&mut not_null);
    if new.serial && !old.serial {
        steps.extend(make_serial(it, name, new));
    }
    match (old.identity, new.identity) {
        (None, Some(identity)) => {
            let action = Sql::new("ADD GENERATED ").raw(&identity_clause(identity, new));
            steps.push(act(format!("make {name} an identity column"), action));
            steps.push(continue_after_rows(it, name));
        }
        (Some(before), Some(after)) => {
            if before != after {
                let action = Sql::new("SET GENERATED ").raw(identity_words(after));
                let mut step = act(format!("change when {name} is generated"), action);
                step.claims.push(identity_of(it.address));
                steps.push(step);
            }
            steps.extend(identity_options(it, name, old, new));
        }
        _ => {}
    }
    steps.extend(tune(it, name, old.tuning.as_deref(), new.tuning.as_deref(), retype));
    if old.comment != new.comment {
        steps.push(comment(it, name, new));
    }
    if fill::is_empty(old, new) { fill::in_order(it, name, steps) } else { steps }
}

pub fn conversion(old: &Column, new: &Column) -> Conversion {
    match (&old.data_type, &new.data_type) {
        (Some(from), Some(to)) => retype::conversion(held(from, old), held(to, new)),
        _ => Conversion::ASSIGNED,
    }
}

fn held<'a>(data_type: &'a Fragment, column: &'a Column) -> Held<'a> {
    Held { data_type, nature: column.nature.0.as_deref() }
}

fn change_type(it: &It<'_>, name: &Name, old: &Column, new: &Column) -> Step {
    let mut action = Sql::new("ALTER COLUMN ").identifier(name).raw(" TYPE ");
    let conversion = conversion(old, new);
    if let Some(to) = &new.data_type {
        action = action.fragment(to);
        if let Some(collation) = &new.collation {
            action = action.raw(" COLLATE ").fragment(collation);
        }
        if !conversion.assigned {
            action = action.raw(" USING ").identifier(name).append(&conversion.way(to));
        }
    }
    let mut step = alter(it, format!("change the type of {name}"), &action)
        .unmakes(Part::column(it.address, name))
        .makes(Part::column(it.address, name))
        .reaches(Reach::Retypes(Part::column(it.address, name)));
    step.rewrites = conversion.rewrites;
    let whole = format!("{}.{name}", it.address.qualified());
    match new.data_type.as_ref().and_then(|to| conversion.loss(&whole, to)) {
        Some(loss) => step.loses(loss),
        None => step,
    }
}
