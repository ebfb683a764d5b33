//! From changes to steps in an order that works. Pure: no I/O, no kind known by name.

mod edges;
mod error;
mod fold;
mod late;
mod order;
mod rights;
mod steps;
mod transactions;

pub use error::PlanError;

use std::collections::BTreeMap;

use crate::model::{Address, Change, Dependency, Maker, Plan};

/// Plans `changes`. `desired` and `live` are the dependencies of the two sides: a new object
/// waits for what it depends on, an old one goes after what depended on it. New objects belong to
/// `maker`.
///
/// # Errors
/// When the steps wait for each other in a loop.
pub fn plan(
    changes: BTreeMap<Address, Change>,
    desired: &[Dependency],
    live: &[Dependency],
    maker: &Maker,
) -> Result<Plan, PlanError> {
    let (steps, implied) = steps::of(&changes, live, maker);
    let edges = edges::between(&steps, &implied, desired, live);
    let order = order::sort(&steps, &edges, &late::evaluators(&steps, desired))?;
    let mut steps = fold::fold(steps, &order, &edges);
    transactions::begin(&mut steps, desired);
    Ok(Plan { changes, steps })
}
