//! When steps come that may take long.

use std::collections::{BTreeSet, HashSet};

use super::edges::Edges;
use crate::model::{Effect, Step};

/// When a step comes, as far as that is for us to choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// Long steps for which nothing has to go first, and what they need.
    Early,
    /// What is done in a moment, in as few transactions as can be: nothing long comes between a
    /// drop and what takes its place.
    Short,
    /// The long steps that are left.
    Late,
}

/// The rank of each step. Those in `late` are never early.
pub fn ranks(steps: &[Step], edges: &Edges, late: &HashSet<usize>) -> Vec<Rank> {
    // A partition that is detached concurrently waits for others, and nobody for it.
    let apart = |step: &Step| !step.transactional && (step.scans || step.effect == Effect::Drop);
    let long = |step: &Step| step.alone || apart(step);
    let mut ranks: Vec<Rank> =
        steps.iter().map(|step| if long(step) { Rank::Late } else { Rank::Short }).collect();
    let mut needs: Vec<Vec<usize>> = vec![Vec::new(); steps.len()];
    for (before, after) in edges.keys() {
        needs[*after].push(*before);
    }
    let ends = |step: &Step| step.effect == Effect::Drop || !step.unmakes.is_empty() || step.yields;
    let early = |n: &usize| long(&steps[*n]) && steps[*n].scans && !late.contains(n);
    for n in (0..steps.len()).filter(early) {
        if let Some(all) = with_needs(n, &needs, &|n| !ends(&steps[n])) {
            all.into_iter().for_each(|n| ranks[n] = Rank::Early);
        }
    }
    ranks
}

/// The step and everything that it waits for; none where something of that is not `fit`.
fn with_needs(of: usize, needs: &[Vec<usize>], fit: &dyn Fn(usize) -> bool) -> Option<Vec<usize>> {
    let mut seen = BTreeSet::from([of]);
    let mut waiting = vec![of];
    while let Some(n) = waiting.pop() {
        if !fit(n) {
            return None;
        }
        waiting.extend(needs[n].iter().filter(|need| seen.insert(**need)));
    }
    Some(seen.into_iter().collect())
}
