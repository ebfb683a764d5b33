//! Every folder `tests/cases/KIND/CASE` is a test: two declared states, and the laws that hold
//! between them on a real PostgreSQL, in both directions. Adding a case is adding files;
//! `BLESS=1 cargo test --test cases -- KIND/CASE` writes down the plans it gives.
//!
//! - `from.toml`, `to.toml`, or directories `from/`, `to/`: the two states.
//! - `forward.txt`, `backward.txt`: the plans from one to the other.
//! - `rows.sql`: rows that are there before, and are to be there after.
//! - `case.toml`: in what the case is unlike others; see `Options` in `support/case.rs`.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is how a failure is told")]

#[path = "support/case.rs"]
mod case;
#[path = "support/dump.rs"]
mod dump;
#[path = "support/lab.rs"]
mod lab;
#[path = "support/postgres.rs"]
mod postgres;
#[path = "support/rows.rs"]
mod rows;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use case::Case;
use lab::Lab;
use libtest_mimic::{Arguments, Failed, Trial};
use tokio::runtime::Runtime;
use tokio::sync::OnceCell;

/// More of them would wait for the server, which does most of the work.
const THREADS: usize = 2;

fn main() {
    let _ = miette::set_hook(Box::new(|_| {
        Box::new(miette::MietteHandlerOpts::new().color(false).unicode(true).width(100).build())
    }));
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(THREADS);
    let runtime = Arc::new(Runtime::new().unwrap());
    // Listing tests, or filtering all of them out, needs no server.
    let lab: Arc<OnceCell<Lab>> = Arc::default();
    let trials = cases().into_iter().map(|case| {
        let (runtime, lab) = (Arc::clone(&runtime), Arc::clone(&lab));
        Trial::test(case.name.clone(), move || {
            let run = async { case.run(lab.get_or_init(Lab::start).await).await };
            runtime.block_on(run).map_err(|error| Failed::from(format!("{error:?}")))
        })
    });
    let conclusion = libtest_mimic::run(&arguments, trials.collect());
    if let Some(lab) = Arc::into_inner(lab).and_then(OnceCell::into_inner) {
        runtime.block_on(lab.stop());
    }
    conclusion.exit();
}

fn cases() -> Vec<Case> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut cases = Vec::new();
    for kind in folders(&root) {
        for directory in folders(&kind) {
            let name = directory.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
            cases.push(Case { directory, name });
        }
    }
    cases
}

fn folders(path: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
    let mut folders: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}
