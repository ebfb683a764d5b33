//! One order of all steps.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashSet};

use super::edges::Edges;
use super::error::PlanError;
use super::long;
use crate::kinds;
use crate::model::{Effect, Step};

/// Positions in the order of execution. Where the edges leave a choice, drops come first, later
/// kinds before earlier ones; then the rest by kind and name, those in `late` towards the end, and what
/// has a say over new objects last of all: the same plan every time.
pub fn sort(steps: &[Step], edges: &Edges, late: &HashSet<usize>) -> Result<Vec<usize>, PlanError> {
    let mut waits = vec![0_usize; steps.len()];
    for (_, after) in edges.keys() {
        waits[*after] += 1;
    }
    let mut keys: Vec<usize> = (0..steps.len()).collect();
    let rules_new =
        |step: &Step| step.effect != Effect::Drop && kinds::row(step.address.kind).1.rules_new;
    let ranks = long::ranks(steps, edges, late);
    let full = |n: usize| (ranks[n], rules_new(&steps[n]), late.contains(&n), key(&steps[n], n));
    keys.sort_by(|a, b| full(*a).cmp(&full(*b)));
    let mut place = vec![0; steps.len()];
    for (n, step) in keys.iter().enumerate() {
        place[*step] = n;
    }
    let ready = (0..steps.len()).filter(|n| waits[*n] == 0).map(|n| Reverse(place[n]));
    let mut heap: BinaryHeap<Reverse<usize>> = ready.collect();
    let mut order = Vec::with_capacity(steps.len());
    while let Some(Reverse(n)) = heap.pop() {
        let step = keys[n];
        order.push(step);
        for ((_, after), _) in edges.range((step, 0)..=(step, usize::MAX)) {
            waits[*after] -= 1;
            if waits[*after] == 0 {
                heap.push(Reverse(place[*after]));
            }
        }
    }
    if order.len() == steps.len() { Ok(order) } else { Err(cycle(steps, edges, &waits)) }
}

fn key(step: &Step, n: usize) -> (bool, usize, &crate::model::Address, usize) {
    let rank = kinds::row(step.address.kind).0;
    let ends = step.effect == Effect::Drop;
    (!ends, if ends { kinds::REGISTRY.len() - rank } else { rank }, &step.address, n)
}

/// One loop among the steps that are left: each of them waits for another of them.
fn cycle(steps: &[Step], edges: &Edges, waits: &[usize]) -> PlanError {
    let left = |n: usize| waits[n] > 0;
    let mut path: Vec<usize> = (0..steps.len()).filter(|n| left(*n)).take(1).collect();
    while let Some(&last) = path.last() {
        let Some((before, _)) = edges.keys().find(|(b, after)| *after == last && left(*b)) else {
            break;
        };
        if let Some(start) = path.iter().position(|n| n == before) {
            path.drain(..start);
            break;
        }
        path.push(*before);
    }
    path.reverse();
    let describe = |n: &usize| format!("{} ({})", steps[*n].title, steps[*n].address);
    PlanError::Cycle { steps: path.iter().map(describe).collect() }
}
