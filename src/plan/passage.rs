//! Partitions that go from one parent to another: nobody finds their rows on the way, so that nothing which takes
//! long is to happen there.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::edges::Edges;
use super::grounds::key;
use super::long::{Rank, ranks};
use crate::model::{Action, Address, Change, Name, Reach, Reason, Step};

/// Lets each step that [`Step::yields`] come after what need not come after it: long steps about the relation for
/// which nothing of it has to end first, and whatever the relation needs for joining its new parent.
pub fn order(steps: &[Step], edges: &mut Edges, late: &HashSet<usize>) {
    let leaving: Vec<usize> = (0..steps.len()).filter(|n| steps[*n].yields).collect();
    if leaving.is_empty() {
        return;
    }
    let ranks = ranks(steps, edges, late);
    for &out in &leaving {
        let relation = &steps[out].address;
        let about = |step: &Step| key(&step.address) == key(relation);
        for n in (0..steps.len()).filter(|n| *n != out && about(&steps[*n])) {
            if ranks[n] != Rank::Early {
                edges.entry((out, n)).or_insert_with(|| Reason::First(relation.clone()));
            }
        }
    }
    for &out in &leaving {
        let Some(back) = steps.iter().position(|step| joins(step, &steps[out].address)) else {
            continue;
        };
        let (follows, needed) = (reached(edges, out, false), reached(edges, back, true));
        let first = needed.difference(&follows).filter(|n| **n != out);
        for n in first.copied().collect::<Vec<_>>() {
            edges.entry((n, out)).or_insert_with(|| Reason::Last(steps[out].address.clone()));
        }
    }
}

/// What of a relation would take long while that is with neither parent.
pub fn held_up(steps: &[Step]) -> BTreeSet<Address> {
    let long = |step: &&Step| !step.transactional || step.alone;
    let mut held_up = BTreeSet::new();
    for (out, leaving) in steps.iter().enumerate().filter(|(_, step)| step.yields) {
        let rest = &steps[out + 1..];
        let back = rest.iter().position(|step| joins(step, &leaving.address));
        let between = rest[..back.unwrap_or(0)].iter().filter(long);
        let own = between.filter(|step| key(&step.address) == key(&leaving.address));
        held_up.extend(own.map(|step| step.address.clone()));
    }
    held_up
}

/// The relations that go from one parent to another.
pub fn moving(changes: &BTreeMap<Address, Change>) -> BTreeSet<(Name, Name)> {
    let moves = |change: &&Change| {
        let [from, to] = change.parents();
        change.action == Action::Alter && from.zip(to).is_some_and(|(from, to)| from != to)
    };
    changes.values().filter(moves).filter_map(|change| key(&change.address)).collect()
}

fn joins(step: &Step, address: &Address) -> bool {
    step.address == *address && matches!(step.reach, Some(Reach::Joins(_)))
}

/// All steps that come after one, or before it.
pub fn reached(edges: &Edges, from: usize, back: bool) -> BTreeSet<usize> {
    let mut next: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (before, after) in edges.keys() {
        let (from, to) = if back { (after, before) } else { (before, after) };
        next.entry(*from).or_default().push(*to);
    }
    let (mut seen, mut waiting) = (BTreeSet::new(), vec![from]);
    while let Some(n) = waiting.pop() {
        let further = next.get(&n).into_iter().flatten();
        waiting.extend(further.filter(|n| seen.insert(**n)));
    }
    seen
}
