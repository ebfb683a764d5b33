//! What orders, blocks or rebuilds an object.

mod json;
mod text;

pub use json::json;
pub use text::text;

use std::collections::BTreeSet;

use super::Report;
use super::view::cause;
use crate::model::{
    Action, Address, Cause, Change, Dependency, Difference, Hazard, Part, Plan, Step, Wait,
};

/// What there is to say of one object.
#[derive(Debug)]
pub struct Why<'a> {
    pub object: &'a Part,
    /// What it is called until the plan renames it.
    pub was: Option<String>,
    /// "file:line"
    pub place: Option<String>,
    /// What becomes of it; nothing, if it stays as it is. Of a column, that is what becomes of its relation.
    pub change: Option<&'a Change>,
    /// Those that are about it.
    pub differences: Vec<&'a Difference>,
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

/// What there is to say of an object, or of a column, given how things depend on each other on the side that it is on.
#[must_use]
pub fn why<'a>(report: &Report<'a>, subject: &'a Part, dependencies: &[Dependency]) -> Why<'a> {
    let plan = report.plan;
    let Part { address: object, column } = subject;
    let is_meant = |part: &Part| column.is_none() || part.column == *column;
    let change = plan.changes.get(object);
    let differences = change.into_iter().flat_map(|change| &change.differences);
    let differences = differences.filter(|difference| {
        column
            .as_ref()
            .is_none_or(|column| difference.path.get(1).is_some_and(|key| **key == **column))
    });
    let differences: Vec<&Difference> = differences.collect();
    let renaming = plan.renamings.iter().find(|renaming| renaming.to == *subject);
    let change = change.filter(|change| {
        let in_place = matches!(change.action, Action::Alter | Action::Rename);
        column.is_none() || !in_place || !differences.is_empty() || renaming.is_some()
    });
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
        if from == object && to != object && is_meant(dependent) {
            depends_on.insert(referenced.clone());
        } else if to == object && from != object && is_meant(referenced) {
            needed_by.insert(dependent.clone());
        }
    }
    Why {
        object: subject,
        was: renaming.map(|renaming| renaming.from.to_string()),
        place: match change {
            Some(change) if change.to.is_none() => None,
            _ => (report.place)(subject),
        },
        change,
        differences,
        cause: change.and_then(reason),
        steps: steps
            .filter(|_| change.is_some())
            .map(|(n, step)| step_of(report, n, step))
            .collect(),
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

/// Why something is to be done, also where a plan says no more than that.
fn reason(change: &Change) -> Option<String> {
    cause(change).or_else(|| match change.action {
        Action::Drop => Some("dropped, because no file declares it".to_owned()),
        Action::Create => Some("created, because the database does not have it".to_owned()),
        _ => None,
    })
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
