//! What a table has from its parents: a partition from the table it is a partition of, a child from
//! those it inherits from.
//! <https://www.postgresql.org/docs/current/ddl-inherit.html>

use indexmap::IndexSet;

use super::Table;
use super::alter::alter;
use super::column::Column;
use super::sequence_steps::serial_default;
use crate::kind::tuning::Tuning;
use crate::kind::{Aside, Declared};
use crate::model::{Address, Name, Spec, Step};
use crate::sql::{Fragment, LockLevel, Sql};

type It<'a> = Declared<'a, Table>;

/// Takes the parents in. A column that is defined in the child as well as in a parent is the
/// parent's all the same, so of its definition only what differs is left: PostgreSQL cannot make the
/// child forget that it was defined there, nor does that matter before the parent drops it.
pub fn inherit(table: &mut Table, parents: Vec<(Address, Spec)>) {
    table.parents.0 = parents;
    let defined = table.column.iter().filter(|(_, column)| column.data_type.is_some());
    let defined: Vec<Name> = defined.map(|(name, _)| name.clone()).collect();
    for name in defined {
        let Some(theirs) = inherited(&table.parents.0, &name) else { continue };
        if let Some(column) = table.column.get_mut(&name) {
            *column = beside(column, &theirs);
            if *column == Column::default() {
                table.column.shift_remove(&name);
            }
        }
        table.local.0.push(name);
    }
}

/// A column as the parents hand it down.
pub fn inherited(parents: &[(Address, Spec)], name: &Name) -> Option<Column> {
    let theirs = parents.iter().filter_map(|(address, spec)| {
        Some(handed_down(address, name, &effective(spec.get::<Table>()?, name)?))
    });
    theirs.reduce(merged)
}

/// A column as the table has it, whoever it is from.
pub fn effective(table: &Table, name: &Name) -> Option<Column> {
    let own = table.column.get(name);
    match (inherited(&table.parents.0, name), own) {
        (Some(theirs), Some(own)) => Some(overlaid(theirs, own)),
        (theirs, own) => theirs.or_else(|| own.cloned()),
    }
}

/// What the parent of a partition is, as the partition knows it.
pub fn parent<'a>(it: &Declared<'a, Table>) -> Option<&'a Table> {
    let mut parents = it.spec.parents.0.iter();
    parents.find(|(address, _)| Some(address) == it.partition_of)?.1.get::<Table>()
}

/// The table as it would be on its own. What feeds an identity column is the parent's.
pub fn whole(table: &Table) -> Table {
    let columns = names(table).into_iter().filter_map(|name| {
        let column = effective(table, &name)?;
        Some((name, Column { identity: None, sequence: None, ..column }))
    });
    Table { column: columns.collect(), ..table.clone() }
}

/// The names of all columns, those of the parents first.
pub fn names(table: &Table) -> IndexSet<Name> {
    let parents = table.parents.0.iter().filter_map(|(_, spec)| spec.get::<Table>());
    let theirs = parents.flat_map(names);
    theirs.chain(table.column.keys().cloned()).collect()
}

/// What a child's column has from that of its parent.
pub fn handed_down(parent: &Address, name: &Name, column: &Column) -> Column {
    let tuning = column.tuning.as_deref().map(|tuning| Tuning {
        storage: tuning.storage,
        compression: tuning.compression,
        usual: tuning.usual,
        ..Tuning::default()
    });
    let kept_to_itself = column.particular_not_null.as_ref().is_some_and(|it| it.no_inherit);
    Column {
        serial: false,
        identity: None,
        sequence: None,
        comment: None,
        not_null: column.serial || (column.not_null && !kept_to_itself),
        particular_not_null: None,
        default: match column.serial {
            true => Some(Fragment::new(serial_default(parent, name))),
            false => column.default.clone(),
        },
        tuning: tuning.and_then(Tuning::boxed),
        ..column.clone()
    }
}

/// A column of several parents.
pub fn merged(one: Column, other: Column) -> Column {
    Column {
        not_null: one.not_null || other.not_null,
        default: one.default.or(other.default),
        tuning: one.tuning.or(other.tuning),
        ..one
    }
}

/// What a child's column has otherwise than it is handed down.
pub fn beside(own: &Column, theirs: &Column) -> Column {
    let other_generation =
        (&own.generated, own.is_virtual) != (&theirs.generated, theirs.is_virtual);
    Column {
        data_type: None,
        collation: None,
        serial: own.serial,
        identity: own.identity,
        sequence: own.sequence.clone(),
        generated: own.generated.clone().filter(|_| other_generation),
        is_virtual: own.is_virtual && other_generation,
        not_null: own.not_null && !theirs.not_null && !own.serial,
        particular_not_null: own.particular_not_null.clone().filter(|_| !theirs.not_null),
        default: match (&own.default, &theirs.default) {
            (own, theirs) if own == theirs => None,
            (None, Some(_)) if own.serial || own.identity.is_some() || own.generated.is_some() => {
                None
            }
            // A default of the parent's that the child has not.
            (None, _) => Some(Fragment::new("NULL")),
            (own, _) => own.clone(),
        },
        tuning: Tuning::beside(own.tuning.as_deref(), theirs.tuning.as_deref()),
        comment: own.comment.clone(),
        nature: Aside(None),
    }
}

/// The other way about: an inherited column with what the child has otherwise.
fn overlaid(theirs: Column, own: &Column) -> Column {
    let default = own.default.as_ref().or(theirs.default.as_ref());
    let fed = own.serial || own.identity.is_some() || own.generated.is_some();
    Column {
        serial: own.serial,
        identity: own.identity,
        sequence: own.sequence.clone(),
        is_virtual: if own.generated.is_some() { own.is_virtual } else { theirs.is_virtual },
        generated: own.generated.clone().or(theirs.generated),
        not_null: own.not_null || theirs.not_null,
        particular_not_null: own.particular_not_null.clone(),
        default: default.filter(|default| !fed && !is_null(default)).cloned(),
        tuning: own.tuning.clone(),
        comment: own.comment.clone(),
        data_type: theirs.data_type,
        collation: theirs.collation,
        nature: theirs.nature,
    }
}

fn is_null(default: &Fragment) -> bool {
    default.as_str().eq_ignore_ascii_case("null")
}

/// Those of the parents that stay. New ones come after them, and the order of all of them counts.
pub fn kept<'a>(from: &Table, to: &'a Table) -> &'a [Fragment] {
    let mut old = from.inherits.iter();
    let kept = to.inherits.iter().take_while(|parent| old.any(|other| other == *parent));
    &to.inherits[..kept.count()]
}

/// What is known of parents that stay; those of a partition do.
pub fn of_kept(table: &Table, kept: &[Fragment]) -> Vec<(Address, Spec)> {
    let stays = |parent: &Address| {
        table.values.is_some() || kept.iter().any(|name| name.as_str() == parent.qualified())
    };
    table.parents.0.iter().filter(|(parent, _)| stays(parent)).cloned().collect()
}

/// Steps that leave the parents, and the type, which do not stay. They come before whatever
/// happens to the columns, and to what else was inherited.
pub fn leave(from: &It<'_>, to: &It<'_>) -> Vec<Step> {
    let mut steps = Vec::new();
    let kept = kept(from.spec, to.spec);
    for parent in from.spec.inherits.iter().filter(|parent| !kept.contains(parent)) {
        let action = Sql::new("NO INHERIT ").fragment(parent);
        let mut step = alter(to, format!("no longer inherit from {parent}"), &action);
        step.before_all = vec![to.address.clone()];
        step.before_all.extend(named(from.spec, parent));
        steps.push(step);
    }
    if from.spec.of.is_some() && from.spec.of != to.spec.of {
        let mut step = alter(to, "detach it from its type".to_owned(), &Sql::new("NOT OF"));
        step.before_all = vec![to.address.clone()];
        steps.push(step);
    }
    steps
}

/// Steps that join the parents, or the type, which are new: when the columns and constraints are
/// there that they demand.
pub fn join(from: &It<'_>, to: &It<'_>) -> Vec<Step> {
    let mut steps = Vec::new();
    if let Some(data_type) = to.spec.of.as_ref().filter(|_| from.spec.of != to.spec.of) {
        let action = Sql::new("OF ").fragment(data_type);
        let mut step = alter(to, format!("make it a table of {data_type}"), &action);
        step.after_all = vec![to.address.clone()];
        steps.push(step);
    }
    for parent in to.spec.inherits.iter().skip(kept(from.spec, to.spec).len()) {
        let action = Sql::new("INHERIT ").fragment(parent);
        let mut step = alter(to, format!("inherit from {parent}"), &action)
            .lock(LockLevel::ShareUpdateExclusive, parent.as_str().to_owned());
        step.after_all = vec![to.address.clone()];
        step.after_all.extend(named(to.spec, parent));
        steps.push(step);
    }
    steps
}

fn named(table: &Table, parent: &Fragment) -> Option<Address> {
    let mut addresses = table.parents.0.iter().map(|(address, _)| address);
    addresses.find(|address| address.qualified() == parent.as_str()).cloned()
}
