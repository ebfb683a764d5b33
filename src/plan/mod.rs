//! From changes to steps in an order that works. Pure: no I/O, no kind known by name.

mod above;
mod arrivals;
mod aside;
mod copies;
mod edges;
mod error;
mod exchanges;
mod fold;
mod grounds;
mod late;
mod long;
mod order;
mod passage;
mod reach;
mod renames;
mod rights;
mod steps;
mod transactions;

pub use error::PlanError;
pub use grounds::{Grounds, Relations, concerned, key};
pub use renames::{rename_first, rename_last, rename_steps};

use std::collections::{BTreeMap, BTreeSet};

use grounds::Sites;

use crate::model::{Address, Change, Dependency, Maker, Plan, Wait};

/// Plans `changes`. `desired` and `live` are the dependencies of the two sides: a new object
/// waits for what it depends on, an old one goes after what depended on it. New objects belong to
/// `maker`; `grounds` decide on the way that a change takes.
///
/// # Errors
/// When the steps wait for each other in a loop, or PostgreSQL does not let a column have the type anew that it is of.
pub fn plan(
    changes: BTreeMap<Address, Change>,
    desired: &[Dependency],
    live: &[Dependency],
    maker: &Maker,
    grounds: &Grounds,
) -> Result<Plan, PlanError> {
    steps::all_can_step_over(&changes)?;
    let mut hurried = BTreeSet::new();
    let (mut steps, place, edges, implied) = loop {
        let sites = Sites::new(grounds, &changes, desired, live, &hurried);
        let (steps, implied) = steps::of(&changes, live, maker, &sites);
        let late = late::evaluators(&steps, desired);
        let mut edges = edges::between(&steps, &implied, desired, live, &grounds.latent);
        passage::order(&steps, &mut edges, &late);
        arrivals::order(&steps, &mut edges, &changes, desired);
        let order = order::sort(&steps, &edges, &late)?;
        let (steps, place) = fold::fold(steps, &order, &edges);
        let held_up = passage::held_up(&steps);
        if held_up.is_subset(&hurried) {
            break (steps, place, edges, implied);
        }
        hurried.extend(held_up);
    };
    reach::complete(&mut steps, &changes, &implied, desired, live, grounds);
    transactions::begin(&mut steps, desired);
    let relations = grounds.relations.iter();
    let relations = relations.map(|((schema, name), it)| (format!("{schema}.{name}"), it.clone()));
    let mut waits: Vec<Wait> = edges
        .into_iter()
        .map(|((before, after), reason)| Wait {
            before: place[before],
            after: place[after],
            reason,
        })
        .filter(|wait| wait.before != wait.after)
        .collect();
    waits.sort_by_key(|wait| (wait.after, wait.before));
    waits.dedup_by_key(|wait| (wait.after, wait.before));
    Ok(Plan {
        changes,
        along: implied.into_iter().collect(),
        steps,
        relations: relations.collect(),
        renamings: Vec::new(),
        waits,
    })
}
