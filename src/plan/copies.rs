//! Relations that are made anew with their rows: the new one is built aside, with its partitions, keys and
//! indexes, gets the rows, and takes the place of the old one in a moment.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::aside::Tree;
use super::exchanges::{self, Exchange};
use super::grounds::Sites;
use super::steps::Implied;
use crate::kind::{ASIDE, Copied, Copying};
use crate::kinds;
use crate::model::{Action, Address, Change, Dependency, Name, Step};

pub type Changes = BTreeMap<Address, Change>;

/// The steps that are there instead of those of the changes themselves.
#[derive(Debug, Default)]
pub struct Copies {
    /// By what is changed.
    pub steps: BTreeMap<Address, Vec<Step>>,
    pub exchanges: Vec<Exchange>,
}

/// Of every relation that is replaced, and of partitions that take the place of others, where their kind can copy
/// the rows.
pub fn of(changes: &Changes, live: &[Dependency], implied: &Implied, sites: &Sites<'_>) -> Copies {
    let mut copies = exchanges::of(changes, implied, sites);
    let replaced = |it: &&Change| it.action == Action::Replace && it.address.relation.is_none();
    for change in changes.values().filter(replaced) {
        if !copies.steps.contains_key(&change.address) {
            copies.steps.extend(copy(change, changes, live, implied, sites).into_iter().flatten());
        }
    }
    copies
}

type Steps = BTreeMap<Address, Vec<Step>>;

fn copy(
    change: &Change,
    changes: &Changes,
    live: &[Dependency],
    implied: &Implied,
    sites: &Sites<'_>,
) -> Option<Steps> {
    let (from, to) = (change.from.as_ref()?, change.to.as_ref()?);
    let row = kinds::row(change.address.kind).1;
    let tree = Tree::of(&[to], changes)?;
    let addresses: Vec<Address> =
        tree.partitions.iter().map(|object| object.address.clone()).collect();
    if feeds(implied, changes, &change.address, &addresses) {
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
    let old_key =
        kinds::row_key(changes.values().filter_map(|it| it.from.as_ref()), &change.address);
    let new_key = kinds::row_key(tree.on.iter().copied(), &change.address);
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
    let covered = tree.partitions.iter().chain(&tree.on).map(|object| object.address.clone());
    let covered = covered.chain([change.address.clone()]).collect();
    assemble(&change.address, &made, covered, changes).map(|(steps, _)| steps)
}

/// Whether an object of its own that feeds a column goes with what is dropped: it would begin anew.
pub fn feeds(implied: &Implied, changes: &Changes, of: &Address, with: &[Address]) -> bool {
    let goes = implied.iter().filter(|(_, with)| with.iter().any(|part| part.address == *of));
    let mut comes = goes.filter_map(|(address, _)| changes.get(address)?.to.as_ref());
    comes.any(|it| it.address.relation.is_none() && !with.contains(&it.address))
}

/// The steps, those of `main`, by what they are instead of: all that is `covered` has none beside them. And how many
/// of them come before the exchange.
pub fn assemble(
    main: &Address,
    made: &dyn Fn(&Name) -> Option<Copied>,
    mut covered: Vec<Address>,
    changes: &Changes,
) -> Option<(Steps, usize)> {
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
    let build = build.into_iter().map(|step| super::aside::unnoticed(step, &schema));
    let mut steps: Vec<Step> =
        if begun.is_some() { Vec::new() } else { build.chain(begin).collect() };
    covered.extend(begun.cloned());
    steps.extend(rows);
    let before = steps.len();
    steps.extend(swap);
    // What is noted aside is of the old types.
    steps.last_mut().into_iter().for_each(|last| last.beside = true);
    for (n, step) in steps.iter_mut().enumerate() {
        step.without.extend(covered.iter().cloned());
        step.frees.push(format!("copy of {main} {n}"));
        let before = n.checked_sub(1).map(|before| format!("copy of {main} {before}"));
        step.claims.extend(before);
    }
    let mut all: Steps = covered.into_iter().map(|address| (address, Vec::new())).collect();
    all.insert(main.clone(), steps);
    Some((all, before))
}
