//! Locks of relations that a statement does not name: it comes to them through keys, types and partitions.

use std::collections::{BTreeMap, BTreeSet};

use super::grounds::{Grounds, key};
use super::steps::{Implied, is_relation};
use crate::kinds;
use crate::model::{
    Action, Address, Cause, Change, Dependency, Effect, Lock, Name, Natures, Object, Part, Reach,
    Shape, Step,
};
use crate::sql::LockLevel;

/// Adds them to `steps`, which are in their order.
pub fn complete(
    steps: &mut [Step],
    changes: &BTreeMap<Address, Change>,
    implied: &Implied,
    desired: &[Dependency],
    live: &[Dependency],
    grounds: &Grounds,
) {
    if steps.iter().all(|step| step.reach.is_none()) && implied.is_empty() {
        return;
    }
    let mut map = Map { changes, desired, live, grounds, ties: ties(live) };
    let coming = ties(desired);
    for step in steps.iter_mut() {
        if step.makes.contains(&Part::whole(&step.address))
            && let Some((tie, others)) = coming.get_key_value(&step.address)
        {
            map.ties.insert(*tie, others.clone());
        }
        for gone in step.unmakes.iter().filter(|part| part.column.is_none()) {
            map.ties.remove(&gone.address);
        }
        let found = match &step.reach {
            None => Vec::new(),
            Some(Reach::Users(level)) => map.users(&step.address, *level),
            Some(Reach::Converts(part)) => {
                step.rewrites &= !is_relabelled(grounds, part);
                Vec::new()
            }
            Some(Reach::Retypes(part)) => {
                step.rewrites &= !is_relabelled(grounds, part);
                step.scans |=
                    !step.rewrites && grounds.before.get(part).is_some_and(|it| it.checked);
                map.retyped(part)
            }
            Some(Reach::Joins(parent)) => {
                let first = step.locks.first().map(|lock| lock.relation.clone());
                step.locks.retain(|lock| !map.goes(&lock.relation));
                if first != step.locks.first().map(|lock| lock.relation.clone()) {
                    // What was to be read.
                    step.scans = false;
                }
                let rest = map.rest(parent, &step.address);
                let rest = rest.filter(|it| step.locks.iter().all(|lock| lock.relation != *it));
                if let Some(rest) = rest {
                    // Whether it has rows that belong here now.
                    let at = if step.scans { step.locks.len() } else { 0 };
                    step.locks
                        .insert(at, Lock { level: LockLevel::AccessExclusive, relation: rest });
                    step.scans = true;
                }
                let level = LockLevel::ShareRowExclusive;
                map.tied(parent, level, &|other| match map.is_tied(&step.address, other) {
                    true => LockLevel::AccessExclusive,
                    false => LockLevel::ShareRowExclusive,
                })
            }
            Some(Reach::Gathers(other)) => map.gathered(&step.address, other),
            Some(Reach::Left(parent)) => map.refers(parent, &|_| LockLevel::AccessExclusive),
            Some(Reach::Leaves(parent)) => {
                // Whether a row refers to one of those that leave.
                let mut read = match step.effect {
                    Effect::Drop => Vec::new(),
                    _ => map.referring(parent, LockLevel::AccessExclusive),
                };
                read.retain(|it| step.locks.iter().all(|lock| lock.relation != it.relation));
                step.scans |= !read.is_empty();
                step.locks.splice(0..0, read);
                let mut found = match step.effect {
                    // Of a key of its parent, a partition has no trigger where that refers to.
                    Effect::Drop => map.referring(parent, LockLevel::AccessExclusive),
                    _ => map.tied(parent, LockLevel::AccessExclusive, &|_| {
                        LockLevel::ShareRowExclusive
                    }),
                };
                let rest = map.rest(parent, &step.address).filter(|_| step.transactional);
                found.extend(
                    rest.map(|relation| Lock { level: LockLevel::AccessExclusive, relation }),
                );
                found
            }
        };
        found.into_iter().for_each(|lock| add(step, lock));
    }
    // What goes by itself lets go of what it tied its relation to.
    for (address, along) in implied.iter().filter(|(address, _)| ties_others(address)) {
        let from = changes.get(address).and_then(|change| change.from.as_ref());
        let drops = from.map(|from| (kinds::row(address.kind).1.drop)(from, None));
        let own = address.relation_qualified();
        let locks = drops.into_iter().flatten().flat_map(|step| step.locks);
        let locks: Vec<Lock> = locks.filter(|lock| lock.relation != own).collect();
        let ends = |step: &Step, it: &Part| {
            step.unmakes.contains(it) || step.unmakes.contains(&Part::whole(&it.address))
        };
        for step in steps.iter_mut().filter(|step| along.iter().any(|it| ends(step, it))) {
            locks.iter().for_each(|lock| add(step, lock.clone()));
        }
    }
}

/// Whether the values of a column, of a domain before and after, are stored alike, and none can be refused.
fn is_relabelled(grounds: &Grounds, part: &Part) -> bool {
    let is_text =
        |data_type: &str| data_type == "text" || data_type.starts_with("character varying");
    let text = |natures: &Natures| {
        let domain = natures.get(part).and_then(|it| it.domain.as_ref());
        domain.filter(|it| is_text(&it.data_type)).map(|it| it.constrained)
    };
    text(&grounds.before).is_some() && text(&grounds.natures) == Some(false)
}

/// The stronger of two locks of a relation is the one that counts.
fn add(step: &mut Step, lock: Lock) {
    match step.locks.iter_mut().find(|held| held.relation == lock.relation) {
        Some(held) => held.level = held.level.max(lock.level),
        None => step.locks.push(lock),
    }
}

fn ties_others(address: &Address) -> bool {
    address.relation.is_some() && kinds::row(address.kind).1.ties
}

/// What ties a relation to others: the object, and these.
type Ties<'a> = BTreeMap<&'a Address, BTreeSet<&'a Address>>;

fn ties(dependencies: &[Dependency]) -> Ties<'_> {
    let mut ties = Ties::new();
    for Dependency { dependent, referenced, .. } in dependencies {
        let (tie, other) = (&dependent.address, &referenced.address);
        if ties_others(tie) && is_table(other) && key(tie) != key(other) {
            ties.entry(tie).or_default().insert(other);
        }
    }
    ties
}

fn is_table(address: &Address) -> bool {
    let schema = address.schema.as_ref().filter(|_| address.relation.is_none());
    schema.is_some_and(|schema| is_relation(address, schema))
}

struct Map<'a> {
    changes: &'a BTreeMap<Address, Change>,
    desired: &'a [Dependency],
    live: &'a [Dependency],
    grounds: &'a Grounds,
    ties: Ties<'a>,
}

impl Map<'_> {
    /// The table that keys of partitions refer to, whose triggers go. Where it is partitioned, there is a key for
    /// each of its partitions, and these go from both sides.
    fn gathered(&self, tie: &Address, other: &Address) -> Vec<Lock> {
        let partitions = |address| {
            let relation = key(address).and_then(|key| self.grounds.relations.get(&key));
            relation.map_or(&[][..], |relation| &relation.partitions)
        };
        let comes = |change: &Change| {
            change.to.as_ref().is_some_and(|to| to.partition_of.as_ref() == Some(other))
        };
        let partitioned = !partitions(other).is_empty() || self.changes.values().any(comes);
        let leaves = partitions(tie).iter().chain(partitions(other));
        let leaves = leaves.filter(|it| partitioned && it.shape == Shape::Leaf);
        let leaves = leaves.map(|it| format!("{}.{}", it.schema, it.name));
        // PostgreSQL 14 lets the triggers of a partitioned one be.
        let whole = !partitioned || self.grounds.version.major() > 14;
        let relations = whole.then(|| other.qualified()).into_iter().chain(leaves);
        let level = LockLevel::AccessExclusive;
        relations.map(|relation| Lock { level, relation }).collect()
    }

    /// Those with columns of a type, or of one that is made of it.
    fn users(&self, data_type: &Address, level: LockLevel) -> Vec<Lock> {
        let mut types = BTreeSet::from([data_type]);
        let mut next = vec![data_type];
        let mut found = BTreeSet::new();
        while let Some(one) = next.pop() {
            for Part { address, column } in self.dependents(one) {
                if column.is_some() && is_table(address) {
                    found.insert(address.qualified());
                } else if address.kind == data_type.kind && types.insert(address) {
                    next.push(address);
                }
            }
        }
        found.into_iter().map(|relation| Lock { level, relation }).collect()
    }

    fn dependents<'b>(&'b self, of: &'b Address) -> impl Iterator<Item = &'b Part> {
        self.live.iter().filter(move |it| it.referenced.address == *of).map(|it| &it.dependent)
    }

    /// Keys over a column are made anew with it, unless they are gone by then.
    fn retyped(&self, part: &Part) -> Vec<Lock> {
        let over = self.live.iter().filter(|it| it.referenced == *part);
        let keys = over.filter_map(|it| self.ties.get_key_value(&it.dependent.address));
        let stay = keys.filter(|(tie, _)| {
            self.changes.get(**tie).is_none_or(|change| change.action == Action::Alter)
        });
        let mut found = BTreeSet::new();
        for (tie, others) in stay {
            found.insert(tie.relation_qualified());
            found.extend(others.iter().map(|other| other.qualified()));
        }
        found.remove(&part.address.qualified());
        let level = LockLevel::AccessExclusive;
        found.into_iter().map(|relation| Lock { level, relation }).collect()
    }

    /// Those that a table, or what it is a partition of, is tied to; those that refer to it are locked as
    /// `theirs` has it.
    fn tied(
        &self,
        table: &Address,
        theirs: LockLevel,
        level: &dyn Fn(&Address) -> LockLevel,
    ) -> Vec<Lock> {
        let refers = self.refers(table, level);
        refers.into_iter().chain(self.referring(table, theirs)).collect()
    }

    fn refers(&self, table: &Address, level: &dyn Fn(&Address) -> LockLevel) -> Vec<Lock> {
        let tables = self.with_parents(table);
        let of = |tie: &Address| tables.iter().any(|table| key(tie) == key(table));
        let others = self.ties.iter().filter(|(tie, _)| of(tie)).flat_map(|(_, others)| others);
        let lock = |other: &&Address| Lock { level: level(other), relation: other.qualified() };
        others.map(lock).collect()
    }

    fn referring(&self, table: &Address, level: LockLevel) -> Vec<Lock> {
        let tables = self.with_parents(table);
        let to = |others: &BTreeSet<&Address>| tables.iter().any(|table| others.contains(table));
        let ties = self.ties.iter().filter(|(_, others)| to(others));
        ties.map(|(tie, _)| Lock { level, relation: tie.relation_qualified() }).collect()
    }

    fn with_parents<'b>(&'b self, table: &'b Address) -> Vec<&'b Address> {
        let mut all = vec![table];
        let mut at = 0;
        while let Some(table) = all.get(at).copied() {
            at += 1;
            let above = self.live.iter().filter(|it| {
                it.dependent.address == *table
                    && it.referenced.address.kind == table.kind
                    && it.referenced.address != *table
            });
            for it in above {
                if !all.contains(&&it.referenced.address) {
                    all.push(&it.referenced.address);
                }
            }
        }
        all
    }

    /// Whether a table itself is tied to another, before the plan or after it. What it was tied to by way of a
    /// parent, it is itself once it has left that.
    fn is_tied(&self, table: &Address, other: &Address) -> bool {
        let of = |it: &Dependency, table: &Address| {
            ties_others(&it.dependent.address)
                && key(&it.dependent.address) == key(table)
                && it.referenced.address == *other
        };
        let tables = self.with_parents(table);
        self.desired.iter().any(|it| of(it, table))
            || self.live.iter().any(|it| tables.iter().any(|table| of(it, table)))
    }

    /// Whether a table is dropped by the plan.
    fn goes(&self, relation: &str) -> bool {
        self.changes.values().any(|change| {
            change.action == Action::Drop
                && change.address.relation.is_none()
                && change.address.qualified() == relation
        })
    }

    /// The default partition beside `partition`.
    fn rest(&self, parent: &Address, partition: &Address) -> Option<String> {
        let parent = key(parent)?;
        let partitions = &self.grounds.relations.get(&parent)?.partitions;
        let rest = partitions.iter().find(|it| it.takes_the_rest && it.parent == parent)?;
        let own: (Name, Name) = (rest.schema.clone(), rest.name.clone());
        let goes = |change: &Change| {
            let parent = |it: &Option<Object>| it.as_ref().and_then(|it| it.partition_of.clone());
            // What is made anew for its rows is out while others come and go.
            let out = parent(&change.from) != parent(&change.to)
                || change.cause == Some(Cause::Regrouped);
            change.address.relation.is_none() && out && key(&change.address).as_ref() == Some(&own)
        };
        let stays = key(partition)? != own && !self.changes.values().any(goes);
        stays.then(|| format!("{}.{}", own.0, own.1))
    }
}
