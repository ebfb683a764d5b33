//! Bodies of routines. Every `tests/routines/wrong/CASE.toml` is a schema in which something is found, which
//! `CASE.txt` has as it is shown (`CASE.18.txt`, where that server has other words); in every `tests/routines/right/CASE.toml` there is nothing to find.
//! `BLESS=1 cargo test --test routines` writes down what is found.

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
use lab::{Lab, wanted_majors};
use libtest_mimic::{Arguments, Failed, Trial};
use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme};
use pgconverge::lint::{self, Levels};
use pgconverge::pipeline;
use tokio::runtime::Runtime;
use tokio::sync::OnceCell;

/// The oldest, the newest, and one between.
const MAJORS: [u32; 3] = [14, 15, 18];

fn main() {
    std::env::set_current_dir(env!("CARGO_MANIFEST_DIR")).unwrap();
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(2);
    let runtime = Arc::new(Runtime::new().unwrap());
    let wanted = wanted_majors();
    let majors = if wanted.is_empty() { MAJORS.to_vec() } else { wanted };
    let labs: Vec<(u32, Arc<OnceCell<Lab>>)> =
        majors.into_iter().map(|major| (major, Arc::default())).collect();
    let mut trials = Vec::new();
    for (major, lab) in &labs {
        for file in cases() {
            let (runtime, lab, major) = (Arc::clone(&runtime), Arc::clone(lab), *major);
            let case = file.strip_prefix("tests/routines").unwrap().with_extension("");
            let name = format!("{major}/{}", case.display());
            trials.push(Trial::test(name, move || runtime.block_on(run(&file, major, &lab))));
        }
    }
    let conclusion = libtest_mimic::run(&arguments, trials);
    for (_, lab) in labs {
        if let Some(lab) = Arc::into_inner(lab).and_then(OnceCell::into_inner) {
            runtime.block_on(lab.stop());
        }
    }
    conclusion.exit();
}

async fn run(file: &Path, major: u32, lab: &OnceCell<Lab>) -> Result<(), Failed> {
    let lab = lab.get_or_init(|| Lab::of_major(major)).await;
    let found = found(file, lab).await?;
    if file.starts_with("tests/routines/right") {
        return if found.is_empty() { Ok(()) } else { Err(Failed::from(found)) };
    }
    let own = file.with_extension(format!("{major}.txt"));
    let path = if own.exists() { own } else { file.with_extension("txt") };
    if std::env::var_os("BLESS").is_some_and(|value| !value.is_empty()) {
        fs::write(&path, &found).unwrap();
    }
    let expected = fs::read_to_string(&path)
        .map_err(|error| Failed::from(format!("{}: {error}", path.display())))?;
    if found == expected && !found.is_empty() {
        return Ok(());
    }
    let diff = similar::TextDiff::from_lines(expected.as_str(), found.as_str());
    Err(Failed::from(diff.unified_diff().header("expected", "is").to_string()))
}

/// What is found in the bodies of a schema, as it is shown; and what is allowed in vain.
async fn found(file: &Path, lab: &Lab) -> Result<String, Failed> {
    let failed = |error: miette::Report| Failed::from(format!("{error:?}"));
    let folder = alone(file, lab.major());
    let settings = lab.settings(&folder, "postgres", Date::constant(2025, 11, 15));
    let declared = lab.desired(&settings).await.map_err(failed)?.declared;
    let levels = Levels::default();
    let linted = pipeline::linted(&settings, declared, lab.major(), &levels, &lab::silent).await;
    let (desired, mut findings) = linted.map_err(failed)?;
    findings.retain(|one| one.rule.starts_with("routine-") || one.rule == "unused-allow");
    let handler =
        GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor()).with_width(100);
    let mut text = String::new();
    for report in lint::reports(&findings, &desired.declared.sources) {
        let report: &dyn Diagnostic = &report;
        handler.render_report(&mut text, report).unwrap();
    }
    let folder = format!("{}/", folder.display());
    Ok(text.replace(&folder, ""))
}

/// A folder with nothing but this file in it, and the bodies that it names.
fn alone(file: &Path, major: u32) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join(major.to_string())
        .join(file.with_extension(""));
    fs::create_dir_all(&folder).unwrap();
    fs::copy(file, folder.join(file.file_name().unwrap())).unwrap();
    let body = file.with_extension("sql");
    if body.exists() {
        fs::copy(&body, folder.join(body.file_name().unwrap())).unwrap();
    }
    folder
}

fn cases() -> Vec<PathBuf> {
    let folders = ["tests/routines/right", "tests/routines/wrong"];
    let entries = folders.iter().flat_map(|folder| fs::read_dir(folder).unwrap());
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|file| file.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    files.sort();
    files
}
