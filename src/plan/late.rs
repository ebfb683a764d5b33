//! Steps that run code of which nobody knows what it uses.

use std::collections::{HashMap, HashSet};

use crate::kinds;
use crate::model::{Address, Dependency, Effect, Step};

/// The steps that evaluate expressions, as making a materialized view does, where these call a
/// routine: its body may use what `pg_depend` does not tell, so such a step had better wait for
/// everything that can come before it.
pub fn evaluators(steps: &[Step], desired: &[Dependency]) -> HashSet<usize> {
    let comes = |step: &Step| step.effect != Effect::Drop && calls_unseen(&step.address);
    if !steps.iter().any(comes) {
        return HashSet::new();
    }
    let mut needs: HashMap<&Address, Vec<&Address>> = HashMap::new();
    for Dependency { dependent, referenced, .. } in desired {
        needs.entry(&dependent.address).or_default().push(&referenced.address);
    }
    let evaluates = |step: &Step| {
        step.effect != Effect::Drop && (step.evaluates || step.scans || step.rewrites)
    };
    (0..steps.len())
        .filter(|n| evaluates(&steps[*n]) && reaches_routine(&steps[*n].address, &needs))
        .collect()
}

fn reaches_routine(from: &Address, needs: &HashMap<&Address, Vec<&Address>>) -> bool {
    let (mut seen, mut waiting) = (HashSet::new(), vec![from]);
    while let Some(address) = waiting.pop() {
        if calls_unseen(address) {
            return true;
        }
        for next in needs.get(address).into_iter().flatten() {
            if seen.insert(*next) {
                waiting.push(next);
            }
        }
    }
    false
}

fn calls_unseen(address: &Address) -> bool {
    kinds::row(address.kind).1.calls_unseen
}
