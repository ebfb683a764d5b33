//! The steps that give new names, before all others: these speak of everything by the new ones.

use std::collections::BTreeMap;

use crate::kinds;
use crate::model::{
    Action, Address, Change, Difference, Grantable, Object, Part, Plan, Renaming, Step,
};
use crate::sql::{LockLevel, Sql};

/// The steps of renames, in their order.
#[must_use]
pub fn rename_steps(renamings: &[Renaming]) -> Vec<Step> {
    renamings.iter().flat_map(steps).collect()
}

/// Puts renames before what `plan` has. `live` has the objects as they are after them.
pub fn rename_first(plan: &mut Plan, renamings: Vec<Renaming>, live: &BTreeMap<Address, Object>) {
    if renamings.is_empty() {
        return;
    }
    let takes_long = |n: usize| plan.steps[n].scans || plan.steps[n].rewrites;
    let first = plan.transactions().into_iter().next();
    // Nobody is kept waiting for what has its name already.
    if first.is_some_and(|first| first.steps.into_iter().any(takes_long)) {
        plan.steps[0].begins = true;
    }
    let mut first = Vec::new();
    for renaming in &renamings {
        let steps = steps(renaming).into_iter();
        first.extend(steps.map(|step| match &renaming.to.column {
            Some(_) => with_partitions(step, plan),
            None => step,
        }));
    }
    for wait in &mut plan.waits {
        wait.before += first.len();
        wait.after += first.len();
    }
    plan.steps.splice(0..0, first);
    note(plan, &renamings, live);
    plan.renamings = renamings;
}

/// Puts renames after what `plan` has, which speaks of everything by the names that it has before.
pub fn rename_last(plan: &mut Plan, renamings: Vec<Renaming>) {
    plan.steps.extend(rename_steps(&renamings));
    note(plan, &renamings, &BTreeMap::new());
    plan.renamings = renamings;
}

/// Has the changes of a plan tell of renames; `objects` by their new names.
fn note(plan: &mut Plan, renamings: &[Renaming], objects: &BTreeMap<Address, Object>) {
    for renaming in renamings.iter().rev() {
        let address = &renaming.to.address;
        let object = objects.get(address);
        let change = plan.changes.entry(address.clone()).or_insert_with(|| Change {
            address: address.clone(),
            action: Action::Rename,
            from: object.cloned(),
            to: object.cloned(),
            differences: Vec::new(),
            cause: None,
            released: Vec::new(),
        });
        change.differences.splice(0..0, differences(renaming));
    }
}

fn steps(Renaming { from, to }: &Renaming) -> Vec<Step> {
    let row = kinds::row(to.address.kind).1;
    if let (Some(old), Some(new)) = (&from.column, &to.column) {
        let part = row.part.unwrap_or_default();
        let sql = (row.rename_part)(&to.address, old, new);
        let mut step = Step::alter(&to.address, format!("rename {part} {old} to {new}"), sql);
        step.renames = Some(format!("{part} {old} of {}", to.address.qualified()));
        return vec![locked(step, &to.address)];
    }
    let mut steps = Vec::new();
    let mut now = from.address.clone();
    if now.schema != to.address.schema
        && let Some(schema) = &to.address.schema
    {
        let target = (row.comment_target)(&now);
        let sql = Sql::new("ALTER ").append(&target).raw(" SET SCHEMA ").identifier(schema);
        let step = Step::alter(&to.address, format!("move to schema {schema}"), sql);
        steps.push(locked(step, &now));
        now.schema.clone_from(&to.address.schema);
    }
    if now.name != to.address.name {
        let sql = (row.rename)(&now, &to.address);
        let title = format!("rename {} {} to {}", now.kind, now.name, to.address.name);
        steps.push(locked(Step::alter(&to.address, title, sql), &now));
    }
    if let Some((title, sql)) = (row.rename_along)(&from.address, &to.address) {
        steps.push(Step::alter(&to.address, title, sql));
    }
    if let Some(first) = steps.first_mut().filter(|_| from.address.relation.is_none()) {
        first.renames = Some(from.address.qualified());
    }
    steps
}

/// PostgreSQL takes ACCESS EXCLUSIVE on the relation, or that on which something is, but for what others
/// never wait for.
fn locked(step: Step, address: &Address) -> Step {
    let row = kinds::row(address.kind).1;
    let is_relation = matches!(row.grantable, Some(Grantable::Relation | Grantable::Sequence));
    let relation = match &address.relation {
        Some(_) if row.rename_locks_relation => address.relation_qualified(),
        None if is_relation => address.qualified(),
        _ => return step,
    };
    step.lock(LockLevel::AccessExclusive, relation)
}

/// A column of a table is a column of its partitions.
fn with_partitions(step: Step, plan: &Plan) -> Step {
    let relation = step.locks.first().and_then(|lock| plan.relations.get(&lock.relation));
    let partitions = relation.into_iter().flat_map(|relation| &relation.partitions);
    partitions.fold(step, |step, partition| {
        let name = format!("{}.{}", partition.schema, partition.name);
        step.lock(LockLevel::AccessExclusive, name)
    })
}

fn differences(Renaming { from, to }: &Renaming) -> Vec<Difference> {
    let difference = |path: &[&str], old: &str, new: &str| Difference {
        path: path.iter().map(|&key| key.to_owned()).collect(),
        from: Some(old.to_owned()),
        to: Some(new.to_owned()),
    };
    let Part { address, column } = from;
    if let (Some(old), Some(new)) = (column, &to.column) {
        let part = kinds::row(address.kind).1.part.unwrap_or_default();
        return vec![difference(&[part, &**new, "name"], old, new)];
    }
    let mut differences = Vec::new();
    if let (Some(old), Some(new)) = (&address.schema, &to.address.schema)
        && old != new
    {
        differences.push(difference(&["schema"], old, new));
    }
    if address.name != to.address.name {
        differences.push(difference(&["name"], &address.name, &to.address.name));
    }
    differences
}
