//! The way back from the plan of every case leads to the database as it was: `pg_dump` sees no difference.

#![allow(
    clippy::unwrap_used,
    dead_code,
    reason = "in a test, a panic is how a failure is told; what it shares with cases is more than it needs"
)]

#[path = "support/case.rs"]
mod case;
#[path = "support/cuts.rs"]
mod cuts;
#[path = "support/dump.rs"]
mod dump;
#[path = "support/expectation.rs"]
mod expectation;
#[path = "support/held_up.rs"]
mod held_up;
#[path = "support/killed.rs"]
mod killed;
#[path = "support/lab.rs"]
mod lab;
#[path = "support/measure.rs"]
mod measure;
#[path = "support/options.rs"]
mod options;
#[path = "support/postgres.rs"]
mod postgres;
#[path = "support/rows.rs"]
mod rows;

use std::sync::Arc;

use case::{Case, Check};
use lab::Lab;
use libtest_mimic::{Arguments, Failed, Trial};
use pgconverge::pipeline;
use tokio::runtime::Runtime;

/// What the way back leaves otherwise, and why.
const LEFT: [(&str, &str); 14] = [
    (
        "index/attached",
        "an index that a partition has of its parent is made anew under the usual name",
    ),
    ("partition/detach_cut_off_with_an_index", "what has left its window stays out of it"),
    ("partition/each_rolls", "what has left its window stays out of it"),
    ("partition/index_while_one_expires", "what has left its window stays out of it"),
    ("partition/window_drops_after_grace", "what has left its window stays out of it"),
    ("partition/window_late", "what has left its window stays out of it"),
    ("partition/window_parent_renamed", "what has left its window stays out of it"),
    ("partition/window_referred", "what has left its window stays out of it"),
    ("partition/window_referred_beside_default", "what has left its window stays out of it"),
    ("partition/window_referred_partly", "what has left its window stays out of it"),
    ("partition/window_refers_to_itself", "what has left its window stays out of it"),
    ("partition/window_rolls", "what has left its window stays out of it"),
    (
        "table/inherits_changes",
        "a default of its own that is like the parent's is not told from that",
    ),
    ("user_mapping/everything", "a secret is not known"),
];

fn main() {
    let arguments = Arguments::from_args();
    let runtime = Arc::new(Runtime::new().unwrap());
    let lab = Arc::new(runtime.block_on(Lab::start()));
    let mut trials = Vec::new();
    for (name, case) in case::all() {
        let case = case.unwrap();
        if !case.options.majors.contains(&lab.major()) || case.options.fails.is_some() {
            continue;
        }
        let (runtime, lab) = (Arc::clone(&runtime), Arc::clone(&lab));
        trials.push(Trial::test(name, move || {
            let there_and_back = runtime.block_on(there_and_back(&case, &lab));
            match LEFT.iter().find(|(left, _)| *left == case.name) {
                None => there_and_back.map_err(|error| Failed::from(format!("{error:?}"))),
                Some(_) if there_and_back.is_err() => Ok(()),
                Some((_, why)) => Err(Failed::from(format!("it does get back: {why:?} is mended"))),
            }
        }));
    }
    let conclusion = libtest_mimic::run(&arguments, trials);
    if let Some(lab) = Arc::into_inner(lab) {
        runtime.block_on(lab.stop());
    }
    conclusion.exit();
}

async fn there_and_back(case: &Case, lab: &Lab) -> Check {
    let mut names = Vec::new();
    let result = undone(case, lab, &mut names).await;
    for name in names {
        lab.give_up(name).await;
    }
    result
}

async fn undone(case: &Case, lab: &Lab, names: &mut Vec<String>) -> Check {
    let options = &case.options;
    let mut from = case.side(lab, "from", options, &options.as_of).await?;
    let as_of = options.as_of_to.as_ref().unwrap_or(&options.as_of);
    let mut to = case.side(lab, "to", options, as_of).await?;
    let mut live = case::built(lab, &mut from, &[], names).await?;
    let before = live.dump.clone();
    let outcome = to.compare(&live.state).await?;
    lab::apply(&outcome, &live.open).await?;
    let back = pipeline::undo(&outcome)?;
    let shown = to.text(&pipeline::Outcome { plan: back.plan.clone(), ..outcome });
    let ran = lab::run(&back.plan, &live.open).await;
    ran.map_err(|error| error.wrap_err(shown))?;
    live.look(lab).await?;
    case::equal_dumps("the database that went back", &live.dump, &before)
}
