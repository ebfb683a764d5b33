//! Relations that are made anew with their rows: the new one is built aside, with its partitions, keys and
//! indexes, gets the rows, and takes the place of the old one in a moment.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sha2::{Digest, Sha256};

use super::grounds::Sites;
use super::steps::Implied;
use crate::kind::{ASIDE, Copied, Copying, KindRow};
use crate::kinds;
use crate::model::{Action, Address, Change, Dependency, Effect, Name, Object, Step};

type Changes = BTreeMap<Address, Change>;

/// The steps that are there instead of those of the changes themselves, by what is changed.
pub type Copies = HashMap<Address, Vec<Step>>;

/// Of every relation that is replaced, where its kind can copy the rows.
pub fn of(changes: &Changes, live: &[Dependency], implied: &Implied, sites: &Sites<'_>) -> Copies {
    let mut copies = Copies::new();
    let replaced = |it: &&Change| it.action == Action::Replace && it.address.relation.is_none();
    for change in changes.values().filter(replaced) {
        if !copies.contains_key(&change.address) {
            copies.extend(copy(change, changes, live, implied, sites).into_iter().flatten());
        }
    }
    copies
}

/// What is built aside: the relation with its partitions, and what is on them from the start.
struct Tree<'a> {
    partitions: Vec<&'a Object>,
    on: Vec<&'a Object>,
}

fn copy(
    change: &Change,
    changes: &Changes,
    live: &[Dependency],
    implied: &Implied,
    sites: &Sites<'_>,
) -> Option<Copies> {
    let (from, to) = (change.from.as_ref()?, change.to.as_ref()?);
    let row = kinds::row(change.address.kind).1;
    let tree = Tree::of(to, changes)?;
    let addresses: Vec<Address> =
        tree.partitions.iter().map(|object| object.address.clone()).collect();
    // What feeds a column and is an object of its own would go with the old one, and begin anew.
    let goes =
        implied.iter().filter(|(_, with)| with.iter().any(|part| part.address == change.address));
    let mut comes = goes.filter_map(|(address, _)| changes.get(address)?.to.as_ref());
    if comes.any(|it| it.address.relation.is_none() && !addresses.contains(&it.address)) {
        return None;
    }
    // Old and new could not be there at the same time.
    let own = live.iter().filter(|it| it.dependent.address == change.address);
    let mut changes_below = own.filter_map(|it| changes.get(&it.referenced.address));
    if changes_below.any(|it| {
        it.address != change.address
            && (it.action == Action::Replace || it.action == Action::Alter && it.redefines())
    }) {
        return None;
    }
    let old_key = key(changes.values().filter_map(|it| it.from.as_ref()), &change.address);
    let new_key = key(tree.on.iter().copied(), &change.address);
    let made = |schema: &Name| {
        let copying = Copying {
            schema,
            partitions: &addresses,
            old_key: old_key.as_deref(),
            new_key: new_key.as_deref(),
            online: sites.online(&change.address),
        };
        let mut copy = (row.copy)(from, to, &copying)?;
        copy.build.extend(tree.steps(schema));
        Some(copy)
    };
    // The name says what is built: what an earlier run has begun is gone on with only where it is that.
    let text = made(&Name::from(ASIDE))?;
    let mut digest = Sha256::new();
    for step in text.build.iter().chain(&text.begin).chain(&text.rows) {
        digest.update(step.sql.as_str());
        digest.update([0]);
    }
    let digest: String =
        digest.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    let schema = Name::from(format!("{ASIDE}{digest}"));
    let Copied { build, begin, rows, swap } = made(&schema)?;

    let namespace = |address: &&Address| {
        address.name == schema && (kinds::row(address.kind).1.namespace)(&schema).is_some()
    };
    let begun = changes.keys().find(namespace);
    let mut aside: Vec<Step> = build.into_iter().map(|step| unnoticed(step, &schema)).collect();
    aside.extend(begin);
    if begun.is_some() {
        aside.clear();
    }
    let covered = tree.partitions.iter().chain(&tree.on).map(|object| object.address.clone());
    let covered: Vec<Address> =
        covered.chain([change.address.clone()]).chain(begun.cloned()).collect();
    let mut steps: Vec<Step> = aside.into_iter().chain(rows).chain(swap).collect();
    for (n, step) in steps.iter_mut().enumerate() {
        step.without.extend(covered.iter().cloned());
        step.frees.push(format!("copy of {} {n}", change.address));
        let before = n.checked_sub(1).map(|before| format!("copy of {} {before}", change.address));
        step.claims.extend(before);
    }
    let mut copies: Copies = covered.into_iter().map(|address| (address, Vec::new())).collect();
    copies.insert(change.address.clone(), steps);
    Some(copies)
}

impl<'a> Tree<'a> {
    /// None, where not all of it is new.
    fn of(to: &'a Object, changes: &'a Changes) -> Option<Self> {
        let mut partitions: Vec<&Object> = Vec::new();
        let mut addresses = BTreeSet::from([&to.address]);
        loop {
            let below = changes.values().filter_map(|it| Some((it.action, it.to.as_ref()?)));
            let mut next = below.filter(|(_, it)| {
                !addresses.contains(&it.address)
                    && it.partition_of.as_ref().is_some_and(|parent| addresses.contains(parent))
            });
            let Some((action, partition)) = next.next() else { break };
            if action == Action::Alter || partition.address.schema != to.address.schema {
                return None;
            }
            addresses.insert(&partition.address);
            partitions.push(partition);
        }
        let on = |object: &&Object| {
            let row: &KindRow = kinds::row(object.address.kind).1;
            let of = |address: &&Address| {
                address.schema == object.address.schema
                    && Some(&address.name) == object.address.relation.as_ref()
            };
            // What refers to another relation of the tree has to wait for it to be in its place.
            let refers = (row.needs)(object).into_iter();
            let mut refers = refers.filter(|part| part.column.is_none());
            addresses.iter().any(of)
                && (row.comes_with_relation)(object)
                && !refers.any(|part| addresses.contains(&part.address))
        };
        let made = changes.values().filter(|it| it.action != Action::Alter);
        let mut on: Vec<&Object> = made.filter_map(|it| it.to.as_ref()).filter(on).collect();
        on.sort_by_key(|object| kinds::row(object.address.kind).0);
        Some(Self { partitions, on })
    }

    /// What is on the relation itself comes first: its partitions have it then from the start.
    fn steps(&self, schema: &Name) -> Vec<Step> {
        let of = |partition: Option<&Object>| {
            let relation = partition.map(|it| &it.address.name);
            let within = |object: &&&Object| {
                let others = || self.partitions.iter().map(|it| &it.address.name);
                match relation {
                    Some(name) => object.address.relation.as_ref() == Some(name),
                    None => others().all(|name| object.address.relation.as_ref() != Some(name)),
                }
            };
            self.on.iter().filter(within).copied().collect::<Vec<_>>()
        };
        let rest = self.partitions.iter().flat_map(|it| [vec![*it], of(Some(it))].concat());
        of(None).into_iter().chain(rest).flat_map(|object| created(object, schema)).collect()
    }
}

/// The steps that make an object in another schema, as steps of its own.
fn created(object: &Object, schema: &Name) -> Vec<Step> {
    let aside = |address: &Address| Address { schema: Some(schema.clone()), ..address.clone() };
    let made = Object {
        address: aside(&object.address),
        partition_of: object.partition_of.as_ref().map(aside),
        ..object.clone()
    };
    let mut steps = (kinds::row(object.address.kind).1.create)(&made, None);
    for step in &mut steps {
        step.address = object.address.clone();
        if let Some(fold) = &mut step.fold {
            fold.into.schema.clone_from(&object.address.schema);
        }
    }
    steps
}

/// What happens aside keeps nobody waiting, but for those that it refers to, and is not yet what it is to be.
fn unnoticed(step: Step, schema: &Name) -> Step {
    let within = format!("{schema}.");
    let elsewhere = step.locks.into_iter().filter(|lock| !lock.relation.starts_with(&within));
    Step {
        effect: Effect::Alter,
        locks: elsewhere.collect(),
        scans: false,
        makes: Vec::new(),
        unmakes: Vec::new(),
        claims: Vec::new(),
        frees: Vec::new(),
        ..step
    }
}

fn key<'a>(mut objects: impl Iterator<Item = &'a Object>, of: &Address) -> Option<Vec<Name>> {
    objects.find_map(|object| {
        let on = object.address.schema == of.schema
            && object.address.relation.as_ref() == Some(&of.name);
        (kinds::row(object.address.kind).1.row_key)(object).filter(|_| on)
    })
}
