//! What orders, blocks or rebuilds an object.

mod json;
mod text;

pub use json::json;
pub use text::text;

use std::collections::BTreeSet;

use super::Report;
use super::view::{cause, declared_at};
use crate::model::{Action, Address, Cause, Change, Dependency, Hazard, Part, Plan, Step, Wait};

/// What there is to say of one object.
#[derive(Debug)]
pub struct Why<'a> {
    pub object: &'a Address,
    /// "file:line"
    pub place: Option<String>,
    /// What becomes of it; nothing, if it stays as it is.
    pub change: Option<&'a Change>,
    /// Why that is a change, or one of its sort.
    pub cause: Option<String>,
    pub steps: Vec<StepOf<'a>>,
    /// What is made anew, or steps aside, because this one is made anew or goes.
    pub takes_along: Vec<&'a Address>,
    pub depends_on: Vec<Part>,
    pub needed_by: Vec<Part>,
}

/// One of its steps.
#[derive(Debug)]
pub struct StepOf<'a> {
    pub number: usize,
    pub step: &'a Step,
    pub hazards: &'a [Hazard],
    pub after: Vec<Neighbour<'a>>,
    pub before: Vec<Neighbour<'a>>,
}

/// Another step, that it waits for or that waits for it.
#[derive(Debug)]
pub struct Neighbour<'a> {
    pub number: usize,
    pub step: &'a Step,
    pub reason: String,
}

/// What there is to say of `object`, given how things depend on each other on the side that it is on.
#[must_use]
pub fn why<'a>(report: &Report<'a>, object: &'a Address, dependencies: &[Dependency]) -> Why<'a> {
    let plan = report.plan;
    let change = plan.changes.get(object);
    let steps = plan.steps.iter().enumerate().filter(|(_, step)| step.address == *object);
    let along = |change: &&Change| {
        let of = |part: &Part| part.address == *object;
        matches!(&change.cause, Some(Cause::DependsOn(part)) if of(part))
            || change.released.iter().any(|(_, replaced)| of(replaced))
    };
    let ends = change.is_some_and(|change| {
        matches!(change.action, Action::Replace | Action::Drop | Action::Alter)
    });
    let mut depends_on = BTreeSet::new();
    let mut needed_by = BTreeSet::new();
    for Dependency { dependent, referenced, .. } in dependencies {
        let (from, to) = (&dependent.address, &referenced.address);
        if from == object && to != object {
            depends_on.insert(referenced.clone());
        } else if to == object && from != object {
            needed_by.insert(dependent.clone());
        }
    }
    Why {
        object,
        place: match change {
            Some(change) => declared_at(report, change),
            None => (report.place)(&Part::whole(object)),
        },
        change,
        cause: change.and_then(cause),
        steps: steps.map(|(n, step)| step_of(report, n, step)).collect(),
        takes_along: plan
            .changes
            .values()
            .filter(|other| ends && other.address != *object && along(other))
            .map(|other| &other.address)
            .collect(),
        depends_on: depends_on.into_iter().collect(),
        needed_by: needed_by.into_iter().collect(),
    }
}

fn step_of<'a>(report: &Report<'a>, n: usize, step: &'a Step) -> StepOf<'a> {
    let plan: &'a Plan = report.plan;
    let neighbour = |at: usize, wait: &Wait| Neighbour {
        number: at + 1,
        step: &plan.steps[at],
        reason: wait.reason.to_string(),
    };
    let (before, after) = (&plan.waits, &plan.waits);
    let after = after.iter().filter(|wait| wait.after == n);
    let before = before.iter().filter(|wait| wait.before == n);
    StepOf {
        number: n + 1,
        step,
        hazards: report.hazards.get(n).map_or(&[][..], Vec::as_slice),
        after: after.map(|wait| neighbour(wait.before, wait)).collect(),
        before: before.map(|wait| neighbour(wait.after, wait)).collect(),
    }
}
