//! Every folder `tests/cases/KIND/CASE` is a test: two declared states, and the laws that hold
//! between them on a real PostgreSQL, in both directions. Adding a case is adding files;
//! `BLESS=1 cargo test --test cases -- KIND/CASE` writes down the plans it gives.
//!
//! - `from.toml`, `to.toml`, or directories `from/`, `to/`: the two states.
//! - `forward.txt`, `backward.txt`: the plans from one to the other; `forward.15.txt` where 15 and
//!   older majors have another one.
//! - `rows.sql`: rows that are there before, and are to be there after.
//! - `case.toml`: in what the case is unlike others; see `support/options.rs`.
//!
//! Every case runs on every major that it can run on, as `15/KIND/CASE`;
//! `PGCONVERGE_TEST_MAJOR=15` runs that one alone. Plans are cut off on the oldest and the newest of those that run.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is how a failure is told")]

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

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use lab::Lab;
use libtest_mimic::{Arguments, Failed, Trial};
use tokio::runtime::Runtime;
use tokio::sync::Mutex;

/// Each waits for the server, and the server for it; that a few more than there are processors
/// run keeps those busy.
const THREADS: usize = 4;

/// The servers that run, by their majors.
type Labs = Mutex<BTreeMap<u32, Arc<Lab>>>;

fn main() {
    let _ = miette::set_hook(Box::new(|_| {
        Box::new(miette::MietteHandlerOpts::new().color(false).unicode(true).width(100).build())
    }));
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(THREADS);
    let runtime = Arc::new(Runtime::new().unwrap());
    let labs: Arc<Labs> = Arc::default();
    let wanted = lab::wanted_majors();
    let mut trials = Vec::new();
    let majors: Vec<u32> =
        options::MAJORS.filter(|major| wanted.is_empty() || wanted.contains(major)).collect();
    for &major in &majors {
        for (name, case) in case::all() {
            let runs = |major: &&u32| {
                case.as_ref().map_or(true, |case| case.options.majors.contains(major))
            };
            if !runs(&&major) {
                continue;
            }
            // Most of the time goes into plans that are cut off: what is between the oldest and the newest is like one
            // of them.
            let own = majors.iter().filter(runs);
            let is_cut = own.clone().min() == Some(&major) || own.max() == Some(&major);
            let (runtime, labs) = (Arc::clone(&runtime), Arc::clone(&labs));
            trials.push(Trial::test(format!("{major}/{name}"), move || {
                let case = case.map_err(Failed::from)?;
                let run = async { case.run(&*lab(&labs, major).await, is_cut).await };
                runtime.block_on(run).map_err(|error| Failed::from(format!("{error:?}")))
            }));
        }
    }
    let conclusion = libtest_mimic::run(&arguments, trials);
    runtime.block_on(async {
        for lab in std::mem::take(&mut *labs.lock().await).into_values().filter_map(Arc::into_inner)
        {
            lab.stop().await;
        }
    });
    conclusion.exit();
}

/// The server of a major, started for the first who wants it. Trials come major by major: servers
/// that nobody uses are stopped.
async fn lab(labs: &Labs, major: u32) -> Arc<Lab> {
    let mut labs = labs.lock().await;
    let wanted = match labs.entry(major) {
        Entry::Occupied(lab) => Arc::clone(lab.get()),
        Entry::Vacant(place) => Arc::clone(place.insert(Arc::new(Lab::of_major(major).await))),
    };
    let idle: Vec<u32> = labs
        .iter()
        .filter(|(_, lab)| Arc::strong_count(lab) == 1)
        .map(|(major, _)| *major)
        .collect();
    for major in idle {
        if let Some(lab) = labs.remove(&major).and_then(Arc::into_inner) {
            lab.stop().await;
        }
    }
    wanted
}
