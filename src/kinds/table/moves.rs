//! Partitions that leave their parent, come back to it, or come to one.
//! <https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-ATTACH-PARTITION>

use super::Table;
use super::attach::Attachment;
use super::create::bounds;
use super::inheritance::whole;
use super::numbered::{above, identity_of};
use crate::kind::{Declared, builds_of, departures_of, indexes_of};
use crate::model::{Address, Reach, Step};
use crate::sql::{Fragment, LockLevel, Sql};

type It<'a> = Declared<'a, Table>;

/// Steps that give a partition other bounds: out of its parent, and back in. When all else is done:
/// in between, nothing comes to it by way of the parent.
pub fn rebound(from: &It<'_>, to: &It<'_>) -> Vec<Step> {
    let (Some(parent), Some(values)) = (to.partition_of, &to.spec.values) else {
        return Vec::new();
    };
    if from.spec.values == to.spec.values && !from.spec.shaken.0 {
        return Vec::new();
    }
    let mut last: Vec<Address> = above(&to.spec.parents.0).into_iter().cloned().collect();
    last.push(to.address.clone());
    let mut out = taken_out(to.address, parent);
    out.after_all.clone_from(&last);
    out.frees.push(bounds_of(parent));
    out.claims.extend([builds_of(&parent.qualified()), place_of(parent), identity_of(to.address)]);
    let mut back = attached(to.address, parent, values, "put it back with its bounds");
    back.after_all = last;
    back.claims.push(bounds_of(parent));
    back.frees.push(place_of(to.address));
    let mut steps = Attachment { it: to, filled: true, step: back }.steps();
    // Nothing but a moment is between the two.
    let at = steps.iter().position(|step| step.claims.contains(&bounds_of(parent)));
    steps.insert(at.unwrap_or_default(), out);
    steps
}

/// A step that takes a partition out for a moment.
pub fn taken_out(partition: &Address, parent: &Address) -> Step {
    let action = Sql::new("DETACH PARTITION ").raw(&partition.qualified());
    let step = on_parent(partition, parent, "take the partition out", &action);
    step.lock(LockLevel::AccessExclusive, parent.qualified()).reaches(Reach::Leaves(parent.clone()))
}

/// The step that puts it back.
pub fn attached(partition: &Address, parent: &Address, values: &Fragment, title: &str) -> Step {
    let action = Sql::new("ATTACH PARTITION ").raw(&partition.qualified()).raw(" ");
    let step = on_parent(partition, parent, title, &bounds(action, values));
    step.lock(LockLevel::AccessExclusive, parent.qualified()).reaches(Reach::Joins(parent.clone()))
}

/// Out of its parent, with everybody kept out of it; or the rest of that.
pub fn detach_plainly(it: &It<'_>, parent: &Address) -> Step {
    if it.spec.detaching {
        let mut step = finish_detaching(it.address, parent);
        step.reach = Some(Reach::Leaves(parent.clone()));
        return step;
    }
    let action = Sql::new("DETACH PARTITION ").raw(&it.address.qualified());
    let mut step = on_parent(it.address, parent, "take it out of its parent", &action);
    step.claims.push(identity_of(it.address));
    step.locks.push(lock(LockLevel::AccessExclusive, parent));
    step.reach = Some(Reach::Leaves(parent.clone()));
    step.frees.push(departures_of(&parent.qualified()));
    step
}

/// The two tables on their own, where one of them is a partition of what the other is none of.
pub fn between(from: &Table, to: &Table) -> Option<(Table, Table)> {
    let parent = |table: &Table| {
        let mut parents = table.parents.0.iter().map(|(address, _)| address.clone());
        table.values.as_ref().and_then(|_| parents.next())
    };
    let alone = |table: &Table| if table.values.is_some() { whole(table) } else { table.clone() };
    (parent(from) != parent(to) || from.detaching).then(|| (alone(from), alone(to)))
}

/// Others can go on reading and writing the parent meanwhile.
pub fn join(address: &Address, parent: &Address, values: &Fragment) -> Step {
    let action = Sql::new("ATTACH PARTITION ").raw(&address.qualified()).raw(" ");
    let action = bounds(action, values);
    let mut step = on_parent(address, parent, "make it a partition", &action);
    step.locks.push(lock(LockLevel::ShareUpdateExclusive, parent));
    step.reach = Some(Reach::Joins(parent.clone()));
    step.claims.extend([bounds_of(parent), indexes_of(&parent.qualified()), place_of(parent)]);
    step.frees.push(growth_of(parent));
    step
}

/// Steps with which a window lets go of a partition: what it is then stands in its comment before it
/// is that, so that a run which is cut off leaves nothing that the next one does not know.
pub fn retire(it: &It<'_>, mark: &str) -> Vec<Step> {
    let Some(parent) = it.partition_of.filter(|_| it.spec.values.is_some()) else {
        return Vec::new();
    };
    let sql = Sql::new("COMMENT ON TABLE ").raw(&it.address.qualified()).raw(" IS ").literal(mark);
    let mut note = Step::alter(it.address, "note what it was", sql)
        .lock(LockLevel::ShareUpdateExclusive, it.address.qualified());
    // What is due comes first: it does not wait for those who still read what is not.
    note.claims.extend([growth_of(parent), builds_of(&parent.qualified())]);
    let out = detach(it, parent);
    if it.spec.detaching {
        return vec![out, note];
    }
    vec![note, out]
}

/// Whether a partition leaves a table that others go on using, for good, and can do so without keeping them out. Whoever
/// refers to it is kept out all the same.
pub fn leaves_alone(it: &It<'_>) -> bool {
    let can = it.spec.beside_default.0.is_none() && !it.spec.detaching && !it.spec.referred.0;
    can && it.site.is_some_and(|site| site.leaves)
}

/// Concurrently, if the server can: nobody who reads or writes other partitions waits.
pub fn detach(it: &It<'_>, parent: &Address) -> Step {
    if it.spec.detaching {
        return finish_detaching(it.address, parent);
    }
    let action = Sql::new("DETACH PARTITION ").raw(&it.address.qualified());
    let (level, action) = match it.spec.beside_default.0.is_some() {
        true => (LockLevel::AccessExclusive, action),
        false => (LockLevel::ShareUpdateExclusive, action.raw(" CONCURRENTLY")),
    };
    let mut step = on_parent(it.address, parent, "detach from its parent", &action);
    step.claims.push(identity_of(it.address));
    step.locks.push(lock(level, parent));
    step.reach = Some(Reach::Leaves(parent.clone()));
    step.transactional = it.spec.beside_default.0.is_some();
    step.frees.push(departures_of(&parent.qualified()));
    step
}

fn finish_detaching(address: &Address, parent: &Address) -> Step {
    let action = Sql::new("DETACH PARTITION ").raw(&address.qualified()).raw(" FINALIZE");
    let mut step = on_parent(address, parent, "finish detaching it", &action);
    step.locks.push(lock(LockLevel::ShareUpdateExclusive, parent));
    // Until then, neither can be altered.
    step.before_all = vec![address.clone(), parent.clone()];
    step.frees.push(departures_of(&parent.qualified()));
    step
}

fn on_parent(address: &Address, parent: &Address, title: &str, action: &Sql) -> Step {
    let sql = Sql::new("ALTER TABLE ").raw(&parent.qualified()).raw(" ").append(action);
    Step::alter(address, title, sql).lock(LockLevel::AccessExclusive, address.qualified())
}

fn lock(level: LockLevel, relation: &Address) -> crate::model::Lock {
    crate::model::Lock { level, relation: relation.qualified() }
}

/// That a table gets further partitions.
pub fn growth_of(parent: &Address) -> String {
    format!("growth of {}", parent.qualified())
}

/// That a new table gets its first partitions, which are new, too: it is made a partition itself only
/// then, for no row finds a place in it before.
pub fn filling_of(parent: &Address) -> String {
    format!("filling of {}", parent.qualified())
}

/// That a new partition is in its place, where its own partitions can come only then.
pub fn place_of(partition: &Address) -> String {
    format!("place of {}", partition.qualified())
}

/// What the partitions of a table share out among themselves.
pub fn bounds_of(parent: &Address) -> String {
    format!("bounds of {}", parent.qualified())
}
