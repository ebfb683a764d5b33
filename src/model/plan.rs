//! A plan: what changes, and how.

use std::collections::BTreeMap;

use super::address::Address;
use super::change::Change;
use super::dependency::Part;
use super::relation::Relation;
use super::rename::Renaming;
use super::step::{Effect, Step};
use super::wait::Wait;

/// Changes, and the steps that make them.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    pub changes: BTreeMap<Address, Change>,
    /// What ends without a step of its own, with what takes it along.
    pub along: BTreeMap<Address, Vec<Part>>,
    /// In the order of execution.
    pub steps: Vec<Step>,
    /// What there was before it, of the relations that it is about: by schema and name.
    pub relations: BTreeMap<String, Relation>,
    /// What gets another name, in order; the steps for that come before all others.
    pub renamings: Vec<Renaming>,
    /// Which step comes before which, and why; the first reason of several.
    pub waits: Vec<Wait>,
}

/// A run of steps between BEGIN and COMMIT, or one step that must stand alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transaction {
    pub steps: std::ops::Range<usize>,
    /// Whether there is a transaction block around them.
    pub block: bool,
}

impl Plan {
    /// Nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Whether a relation, as in [`super::Lock`], has another name before the plan, or another one this name.
    #[must_use]
    pub fn renames(&self, relation: &str) -> bool {
        let is = |part: &Part| part.address.qualified() == relation;
        self.renamings.iter().any(|it| is(&it.to) || is(&it.from))
    }

    /// The number, from 0 on, of the step that ends an object, or ends what takes it along.
    #[must_use]
    pub fn ends(&self, object: &Address) -> Option<usize> {
        let own = |step: &Step| step.address == *object && step.effect == Effect::Drop;
        let along = || self.along.get(object).into_iter().flatten();
        let without = |part: &Part| match &part.column {
            None => self.ends(&part.address),
            Some(_) => self.steps.iter().position(|step| step.unmakes.contains(part)),
        };
        self.steps.iter().position(own).or_else(|| along().find_map(without))
    }

    /// The steps in as few transactions as they allow.
    #[must_use]
    pub fn transactions(&self) -> Vec<Transaction> {
        let mut transactions: Vec<Transaction> = Vec::new();
        for (n, step) in self.steps.iter().enumerate() {
            match transactions.last_mut() {
                Some(last) if last.block && step.joins() && !self.steps[n - 1].alone => {
                    last.steps.end = n + 1;
                }
                _ => {
                    let steps = n..n + 1;
                    transactions.push(Transaction { steps, block: step.transactional });
                }
            }
        }
        transactions
    }
}
