//! Models written as files, and a database that is to be like them.
//!
//! Used by `#[path = "support/bench.rs"] mod bench;`.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    dead_code,
    reason = "each test program uses its part of this, and fails by panicking"
)]

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use jiff::civil::Date;
use pgconverge::pipeline::{self, DesiredState, Manage, Outcome, Settings};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::lab::{self, Lab};

/// How many seconds one property goes on with new models, when somebody wants more than [`TIME`].
const SECONDS: &str = "PGCONVERGE_TEST_SECONDS";

/// A number from 0 to 255, for other models than the usual ones.
const SEED: &str = "PGCONVERGE_TEST_SEED";

/// How long it goes on otherwise.
const TIME: Duration = Duration::from_secs(5);

/// Entries of files, each with the file that it goes to.
pub type Model = Vec<(String, String)>;

/// Writes a model as files below `directory`, each entry at the end of its file; where `shuffled`, all
/// the other way round and in files of other names.
fn write(directory: &Path, model: &Model, shuffled: bool) {
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    let mut entries = model.clone();
    if shuffled {
        entries.reverse();
    }
    for (file, text) in entries {
        let file = if shuffled { format!("z/{}", file.len()) } else { file };
        let path = directory.join(format!("{file}.toml"));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        files.entry(path.display().to_string()).or_default().push_str(&text);
    }
    for (path, text) in files {
        fs::write(path, text).unwrap();
    }
}

/// A database and the files that it is to be like.
pub struct Bench {
    pub runtime: tokio::runtime::Runtime,
    pub lab: Lab,
    /// One that all models may share: whatever is in it, the next one is reached from there.
    pub database: String,
    pub manage: Manage,
}

impl Bench {
    pub fn new() -> Self {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let lab = runtime.block_on(Lab::start());
        let database = runtime.block_on(lab.create_database());
        Self { runtime, lab, database, manage: Manage::Schemas }
    }

    pub fn end(self) {
        self.runtime.block_on(self.lab.stop());
    }

    pub async fn desired(&self, model: &Model, shuffled: bool) -> miette::Result<DesiredState> {
        let directory = tempfile::tempdir().unwrap();
        write(directory.path(), model, shuffled);
        self.lab.desired(&self.settings(directory.path(), &self.database)).await
    }

    fn settings(&self, directory: &Path, database: &str) -> Settings {
        Settings { manage: self.manage, ..self.lab.settings(directory, database, TODAY) }
    }

    pub async fn plan(
        &self,
        database: &str,
        desired: &mut DesiredState,
    ) -> miette::Result<Outcome> {
        let settings = self.settings(Path::new("."), database);
        let open = pipeline::open(&settings, &lab::silent).await?;
        lab::plan(&settings, desired, &open).await
    }

    /// Makes the database equal the model, and checks that it does.
    pub async fn converge(&self, database: &str, model: &Model) -> miette::Result<DesiredState> {
        let mut desired = self.desired(model, false).await?;
        let settings = self.settings(Path::new("."), database);
        let open = pipeline::open(&settings, &lab::silent).await?;
        let outcome = lab::plan(&settings, &mut desired, &open).await?;
        lab::apply(&outcome, &open).await?;
        let after = self.plan(database, &mut desired).await?;
        if after.plan.is_empty() {
            return Ok(desired);
        }
        Err(miette::miette!("{}\nis followed by\n{}", sql(&outcome), sql(&after)))
    }
}

pub const TODAY: Date = Date::constant(2025, 11, 15);

pub fn sql(outcome: &Outcome) -> String {
    let lines = outcome.plan.steps.iter().map(|step| format!("{};\n", step.sql));
    lines.collect()
}

/// Tries `property` on new values until the time is over, at least `least` of them, the same ones
/// for the same seed.
pub fn holds<S: Strategy>(
    least: u32,
    strategy: &S,
    property: impl Fn(S::Value) -> miette::Result<()>,
) {
    let begin = Instant::now();
    let seconds = std::env::var(SECONDS).ok().map(|seconds| seconds.parse().unwrap());
    let time = seconds.map_or(TIME, Duration::from_secs);
    let tried = Cell::new(0);
    let config = Config {
        cases: 10_000,
        // Whoever takes the time wants a small example.
        max_shrink_iters: if seconds.is_some() { 150 } else { 60 },
        failure_persistence: None,
        ..Config::default()
    };
    let seed = std::env::var(SEED).map_or(0, |seed| seed.parse().unwrap());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let result = runner.run(strategy, |value| {
        // Values that come too late pass untried.
        if tried.get() >= least && begin.elapsed() > time {
            return Ok(());
        }
        tried.set(tried.get() + 1);
        property(value).map_err(|error| TestCaseError::fail(format!("{error:?}")))
    });
    if let Err(error) = result {
        panic!("{error}");
    }
    assert!(tried.get() >= least);
}
