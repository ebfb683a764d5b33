//! Every folder of `tests/errors/` is a test: files that are wrong, and what a user is told, in
//! `expected.txt`. `BLESS=1 cargo test --test errors` writes that down.
//!
//! Whatever is wrong shows before any database but the shadow has been touched.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "in a test, a panic is how a failure is told"
)]

#[path = "support/lab.rs"]
mod lab;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::civil::Date;
use lab::Lab;
use libtest_mimic::{Arguments, Failed, Trial};
use pgconverge::pipeline;
use tokio::runtime::Runtime;
use tokio::sync::OnceCell;

fn main() {
    let _ = miette::set_hook(Box::new(|_| {
        Box::new(miette::MietteHandlerOpts::new().color(false).unicode(true).width(100).build())
    }));
    // Places are shown relative to this.
    std::env::set_current_dir(env!("CARGO_MANIFEST_DIR")).unwrap();
    let mut arguments = Arguments::from_args();
    // One at a time, so that each can be held to account for the databases there are.
    arguments.test_threads = Some(1);
    let runtime = Arc::new(Runtime::new().unwrap());
    let lab: Arc<OnceCell<Lab>> = Arc::default();
    let trials = folders(Path::new("tests/errors")).into_iter().map(|directory| {
        let (runtime, lab) = (Arc::clone(&runtime), Arc::clone(&lab));
        let name = directory.file_name().unwrap().to_str().unwrap().to_owned();
        Trial::test(name, move || runtime.block_on(run(&directory, &lab)))
    });
    let conclusion = libtest_mimic::run(&arguments, trials.collect());
    if let Some(lab) = Arc::into_inner(lab).and_then(OnceCell::into_inner) {
        runtime.block_on(lab.stop());
    }
    conclusion.exit();
}

async fn run(directory: &Path, lab: &OnceCell<Lab>) -> Result<(), Failed> {
    let lab = lab.get_or_init(Lab::start).await;
    let settings = lab.settings(directory, "postgres", Date::constant(2025, 11, 15));
    let before = lab.databases().await;
    let error = match pipeline::load(&settings).await {
        Err(error) => error,
        // Nothing is wrong with the files by themselves: PostgreSQL must refuse them.
        Ok(_) => match lab.desired(&settings).await {
            Err(error) => error,
            Ok(_) => return Err(Failed::from("nothing is wrong with these files")),
        },
    };
    if lab.databases().await != before {
        return Err(Failed::from("the databases of the server are not what they were"));
    }
    let text: String =
        format!("{error:?}").lines().map(|line| format!("{}\n", line.trim_end())).collect();
    let path = directory.join("expected.txt");
    if std::env::var_os("BLESS").is_some_and(|value| !value.is_empty()) {
        fs::write(&path, text).unwrap();
        return Ok(());
    }
    let expected = fs::read_to_string(&path)
        .map_err(|error| Failed::from(format!("{}: {error}", path.display())))?;
    if text == expected {
        return Ok(());
    }
    let diff = similar::TextDiff::from_lines(expected.as_str(), text.as_str());
    Err(Failed::from(diff.unified_diff().header("expected", "is").to_string()))
}

fn folders(path: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
    let mut folders: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}
