//! A table that gets another parent, or its first, or has none any more.

use indexmap::IndexSet;

use super::attach::{Attachment, Check};
use super::column::{Column, must_recreate};
use super::column_steps::{added, changes, drop_column};
use super::inheritance::{inherited, parent, whole};
use super::moves::{bounds_of, detach, detach_plainly, growth_of, join, leaves_alone, place_of};
use super::numbered::{above, takes_number};
use super::{Table, key, not_null, own};
use crate::kind::{Declared, Site, leavers_of};
use crate::model::{Address, Name, Step};

type It<'a> = Declared<'a, Table>;

/// Steps with which a partition becomes a table of its own, a table a partition, or a partition one of
/// another parent, its rows with it: out of the old parent first, and into the new one when it has
/// all that is demanded of it. That is also how a partition comes back whose leaving was begun: what
/// happens to its parent meanwhile does not happen to it.
///
/// From one parent to another it goes in a moment: what has to be known of its rows is found out before,
/// and what cannot be done before is done in the short way.
pub fn relocate(from: &It<'_>, to: &It<'_>) -> Vec<Step> {
    let moves = !from.spec.detaching && from.partition_of.is_some() && to.partition_of.is_some();
    let mut steps = Vec::new();
    if let Some(parent) = from.partition_of {
        let it = It { address: to.address, ..*from };
        let check = Check::within(&it).filter(|_| leaves_alone(&it));
        let mut out = match &check {
            Some(_) => detach(&it, parent),
            None => detach_plainly(&it, parent),
        };
        out.frees.push(bounds_of(parent));
        out.without.extend(to.partition_of.cloned());
        if !from.spec.detaching {
            let above = above(&from.spec.parents.0).into_iter();
            out.frees.extend(above.map(|above| leavers_of(&above.qualified())));
            out.before_all = vec![to.address.clone()];
            out.yields = moves;
            out.frees.push(leave_from(parent, to.address));
        }
        for held in check.iter().flat_map(|check| check.held(&it)) {
            // What an earlier run has left behind of it goes before it, and so before that.
            out.claims.extend(held.claims.iter().cloned());
            steps.push(held);
        }
        steps.push(out);
        steps.extend(check.map(|check| check.dropped(&it)));
    }
    let online = |online| to.site.map(|site| Site { online: site.online && online, ..site });
    let shortly = &It { site: online(!moves), ..*to };
    let mut join = arrival(to, &It { site: online(!moves || key_stays(from, to)), ..*to });
    let at = join.iter().position(|step| step.reach.is_some());
    let arrived = join.split_off(at.unwrap_or(join.len()));
    steps.extend(join);
    let (old, new) = (on_its_own(from), on_its_own(to));
    let names: IndexSet<&Name> = old.column.keys().chain(new.column.keys()).collect();
    for name in names {
        steps.extend(match (old.column.get(name), new.column.get(name)) {
            (Some(column), Some(wanted)) if is_open_to(column, wanted) => {
                changes(to, name, column, wanted)
            }
            (column, wanted) => {
                let mut steps = redefined(shortly, name, column, wanted);
                if let Some(out) = from.partition_of.filter(|_| moves) {
                    steps.iter_mut().for_each(|step| step.claims.push(leave_from(out, to.address)));
                    if column.zip(wanted).is_some_and(|(old, new)| is_same(old, new)) {
                        steps.iter_mut().for_each(|step| step.makes.clear());
                    }
                }
                steps
            }
        });
    }
    steps.extend(own::steps(from, shortly));
    steps.extend(arrived);
    steps
}

/// What makes it a partition, if it is to be one, as `seen`.
fn arrival(to: &It<'_>, seen: &It<'_>) -> Vec<Step> {
    let Some((parent, values)) = to.partition_of.zip(to.spec.values.as_ref()) else {
        return Vec::new();
    };
    let mut join = join(to.address, parent, values);
    match takes_number(to) {
        // What is below it would lack the identity.
        true => join.frees.push(place_of(to.address)),
        false => join.claims.push(growth_of(to.address)),
    }
    join.after_all = above(&to.spec.parents.0).into_iter().cloned().collect();
    join.after_all.push(to.address.clone());
    Attachment { it: seen, filled: true, step: join }.steps()
}

/// Whether what bounds say of its rows can be said of them before anything else is changed.
fn key_stays(from: &It<'_>, to: &It<'_>) -> bool {
    let (old, new) = (on_its_own(from), on_its_own(to));
    let Some(parent) = parent(to) else { return false };
    new.column.iter().filter(|(name, _)| key::has(parent, name)).all(|(name, column)| {
        old.column.get(name).is_some_and(|old| old.data_type == column.data_type)
    })
}

/// Whether a partition can have the column changed so: its parent decides on all but defaults, and on nulls where it
/// allows them.
fn is_open_to(old: &Column, new: &Column) -> bool {
    let nulls = !old.not_null || new.not_null && old.particular_not_null == new.particular_not_null;
    !old.serial && nulls && is_like(old, new)
}

/// Whether nothing changes for those who use the column: how the constraint that it is not null is called is all.
fn is_same(old: &Column, new: &Column) -> bool {
    old.not_null == new.not_null && old.default == new.default && is_like(old, new)
}

fn is_like(old: &Column, new: &Column) -> bool {
    let rest = |column: &Column| Column {
        default: None,
        not_null: true,
        particular_not_null: None,
        ..column.clone()
    };
    rest(old) == rest(new)
}

fn redefined(it: &It<'_>, name: &Name, old: Option<&Column>, new: Option<&Column>) -> Vec<Step> {
    match (old, new) {
        (Some(old), None) => vec![drop_column(it, name, old)],
        (None, Some(new)) => added(it, name, new),
        (Some(old), Some(new)) if must_recreate(old, new, it.spec.version.0) => {
            let gone = drop_column(it, name, old);
            std::iter::once(gone).chain(added(it, name, new)).collect()
        }
        (Some(old), Some(new)) => changes(it, name, old, new),
        (None, None) => Vec::new(),
    }
}

/// The table as it is while it has no parent.
fn on_its_own(it: &It<'_>) -> Table {
    if it.partition_of.is_none() {
        return it.spec.clone();
    }
    let mut table = whole(it.spec);
    let theirs = |name: &Name| inherited(&it.spec.parents.0, name).is_some_and(|it| it.not_null);
    for (name, column) in table.column.iter_mut().filter(|(name, _)| theirs(name)) {
        column.particular_not_null = not_null::of_partition(it.spec.version.0, it.spec, name);
    }
    table
}

/// That a partition is without the parent that had a say over it.
fn leave_from(parent: &Address, partition: &Address) -> String {
    format!("leave of {} from {}", partition.qualified(), parent.qualified())
}
