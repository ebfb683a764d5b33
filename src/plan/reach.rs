//! Locks of relations that a statement does not name: it comes to them through keys, types and partitions.

use std::collections::{BTreeMap, BTreeSet};

use super::above;
use super::grounds::{Grounds, key};
use super::steps::{Implied, is_relation};
use crate::kinds;
use crate::model::{
    Action, Address, Cause, Change, Dependency, Effect, Lock, Name, Natures, Part, Partition,
    Reach, Shape, Step,
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
    let mut map = Map { changes, desired, live, grounds, ties: ties(live), own: own_ties(live) };
    let (coming, own) = (ties(desired), own_ties(desired));
    for step in steps.iter_mut() {
        if step.makes.contains(&Part::whole(&step.address)) {
            if let Some((tie, others)) = coming.get_key_value(&step.address) {
                map.ties.insert(*tie, others.clone());
            }
            map.own.extend(own.get(&step.address));
        }
        for gone in step.unmakes.iter().filter(|part| part.column.is_none()) {
            let gone = &gone.address;
            let goes = |tie: &Address| tie == gone || (is_table(gone) && key(tie) == key(gone));
            map.ties.retain(|tie, _| !goes(tie));
            map.own.retain(|tie| !goes(tie));
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
                let theirs = |other: &Address| match map.is_tied(&step.address, other) {
                    true => LockLevel::AccessExclusive,
                    false => LockLevel::ShareRowExclusive,
                };
                let mut found = map.refers(parent, &theirs);
                if map.has_whole_triggers() {
                    found.extend(map.referring(parent, level));
                    found.extend(map.own(parent, &theirs));
                } else {
                    found.extend(map.own(parent, &|_| level));
                }
                found
            }
            Some(Reach::Gathers(other)) => map.gathered(&step.address, other),
            Some(Reach::Left(parent)) => map.refers(parent, &|_| LockLevel::AccessExclusive),
            Some(Reach::Leaves(parent)) => {
                let level = LockLevel::AccessExclusive;
                let theirs = map.referring(parent, level).into_iter();
                let theirs: Vec<Lock> = theirs.chain(map.own(parent, &|_| level)).collect();
                // Of a key of its parent, a partition has no trigger where that refers to.
                let leaves = step.effect != Effect::Drop;
                let others = leaves.then(|| map.refers(parent, &|_| LockLevel::ShareRowExclusive));
                if leaves && step.transactional && !theirs.is_empty() {
                    // Whether any of their rows refer to its own; concurrently, before anybody is locked out.
                    step.scans = true;
                    step.locks.retain(|lock| theirs.iter().all(|it| it.relation != lock.relation));
                    step.locks.splice(0..0, theirs.clone());
                }
                let mut found: Vec<Lock> = others.into_iter().flatten().chain(theirs).collect();
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

/// A key of the other has to be there: without it, somebody merely uses columns, as the check of a partition does
/// with those that it has from its parent.
fn ties(dependencies: &[Dependency]) -> Ties<'_> {
    let mut keys = BTreeSet::new();
    let mut tables = Ties::new();
    for Dependency { dependent, referenced, .. } in dependencies {
        let (tie, other) = (&dependent.address, &referenced.address);
        if !ties_others(tie) || key(tie) == key(other) {
            continue;
        }
        if other.relation.is_some() {
            keys.insert((tie, key(other)));
        } else if is_table(other) {
            tables.entry(tie).or_default().insert(other);
        }
    }
    for (tie, others) in &mut tables {
        others.retain(|other| keys.contains(&(*tie, key(other))));
    }
    tables.retain(|_, others| !others.is_empty());
    tables
}

/// Those that tie a table to itself: they need a key of it.
fn own_ties(dependencies: &[Dependency]) -> BTreeSet<&Address> {
    let own = dependencies.iter().filter_map(|Dependency { dependent, referenced, .. }| {
        let (tie, other) = (&dependent.address, &referenced.address);
        let within = other.relation.is_some() && key(tie) == key(other) && tie != other;
        (ties_others(tie) && within).then_some(tie)
    });
    own.collect()
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
    /// Those that tie a table to itself.
    own: BTreeSet<&'a Address>,
}

impl Map<'_> {
    /// The table that keys of partitions refer to, whose triggers go. Where it is partitioned, there is a key for
    /// each of its partitions, and these go from both sides.
    fn gathered(&self, tie: &Address, other: &Address) -> Vec<Lock> {
        let comes = |change: &Change| {
            change.to.as_ref().is_some_and(|to| to.partition_of.as_ref() == Some(other))
        };
        let has_partitions = self.partitions(other).next().is_some();
        let partitioned = has_partitions || self.changes.values().any(comes);
        let whole = !partitioned || self.has_whole_triggers();
        let (level, relation) = (LockLevel::AccessExclusive, other.qualified());
        let whole = whole.then_some(Lock { level, relation }).into_iter();
        let leaves = [tie, other].into_iter().filter(|_| partitioned);
        whole.chain(leaves.flat_map(|table| self.leaves(table))).collect()
    }

    /// Whether what is partitioned has triggers of keys itself: PostgreSQL 14 has them on the leaves alone.
    fn has_whole_triggers(&self) -> bool {
        self.grounds.version.major() > 14
    }

    /// The leaves of a partitioned table, alone.
    fn leaves(&self, table: &Address) -> Vec<Lock> {
        let leaves = self.partitions(table).filter(|it| it.shape == Shape::Leaf);
        let relation = |it: &Partition| format!("{}.{}", it.schema, it.name);
        let level = LockLevel::AccessExclusive;
        leaves.map(|it| Lock { level, relation: relation(it) }).collect()
    }

    fn partitions<'b>(&'b self, table: &Address) -> impl Iterator<Item = &'b Partition> {
        let relation = key(table).and_then(|key| self.grounds.relations.get(&key));
        relation.into_iter().flat_map(|relation| &relation.partitions)
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

    /// Those that a table, or what it is a partition of, is tied to.
    fn refers(&self, table: &Address, level: &dyn Fn(&Address) -> LockLevel) -> Vec<Lock> {
        let tables = self.with_parents(table);
        let of = |tie: &Address| tables.iter().any(|table| key(tie) == key(table));
        let others = self.ties.iter().filter(|(tie, _)| of(tie)).flat_map(|(_, others)| others);
        let lock = |other: &&Address| Lock { level: level(other), relation: other.qualified() };
        others.map(lock).collect()
    }

    /// Those that refer to it.
    fn referring(&self, table: &Address, level: LockLevel) -> Vec<Lock> {
        let tables = self.with_parents(table);
        let to = |others: &BTreeSet<&Address>| tables.iter().any(|table| others.contains(table));
        let ties = self.ties.iter().filter(|(_, others)| to(others));
        ties.map(|(tie, _)| Lock { level, relation: tie.relation_qualified() }).collect()
    }

    /// A table, or what it is a partition of, where it is tied to itself.
    fn own(&self, table: &Address, level: &dyn Fn(&Address) -> LockLevel) -> Vec<Lock> {
        let tables = self.with_parents(table).into_iter();
        let own = tables.filter(|table| self.own.iter().any(|tie| key(tie) == key(table)));
        own.map(|table| Lock { level: level(table), relation: table.qualified() }).collect()
    }

    fn with_parents<'b>(&'b self, table: &'b Address) -> Vec<&'b Address> {
        above::with_parents(table, self.live)
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
            let [from, to] = change.parents();
            // What is made anew for its rows is out while others come and go.
            let out = from != to || change.cause == Some(Cause::Regrouped);
            change.address.relation.is_none() && out && key(&change.address).as_ref() == Some(&own)
        };
        let stays = key(partition)? != own && !self.changes.values().any(goes);
        stays.then(|| format!("{}.{}", own.0, own.1))
    }
}
