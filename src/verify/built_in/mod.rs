//! The checks that need no declaration: what every database should be.

mod catalog;
mod files;
mod routines;
mod triggers;

use super::failure::Failure;
use super::report::Verdict;
use super::selection::Selection;
use crate::pipeline::{DesiredState, Manage, OpenTarget, Outcome, Settings};

const INDEXES: &str = "indexes_valid";
const CONSTRAINTS: &str = "constraints_validated";
const TRIGGERS: &str = "triggers_enabled";
const ROUTINES: &str = "routines_callable";
const WINDOWS: &str = "windows_whole";
const FILES: &str = "equals_files";

/// Their names, in the order in which they run.
pub const NAMES: [&str; 6] = [INDEXES, CONSTRAINTS, TRIGGERS, ROUTINES, WINDOWS, FILES];

/// Runs those of `selection`. `outcome`: what a comparison of the database with `desired` found.
///
/// # Errors
/// A catalog that cannot be read.
pub async fn run(
    settings: &Settings,
    open: &OpenTarget,
    desired: &mut DesiredState,
    outcome: &Outcome,
    selection: &Selection,
) -> miette::Result<Vec<Verdict>> {
    let client = &open.connection.client;
    let reach = Reach::of(settings, desired);
    let mut verdicts = Vec::new();
    for name in NAMES.into_iter().filter(|name| selection.has(name)) {
        let failure = match name {
            INDEXES => catalog::indexes(client, &reach).await?,
            CONSTRAINTS => catalog::constraints(client, &reach).await?,
            TRIGGERS => triggers::triggers(client, &reach, outcome).await?,
            ROUTINES => routines::routines(client, &reach).await?,
            WINDOWS => files::windows(settings, open, desired, outcome).await?,
            _ => files::files(desired, outcome),
        };
        verdicts.push(Verdict {
            name: name.to_owned(),
            description: description(name).to_owned(),
            declared_at: None,
            failures: failure.into_iter().collect::<Vec<Failure>>(),
        });
    }
    Ok(verdicts)
}

fn description(name: &str) -> &'static str {
    match name {
        INDEXES => "Every index is valid",
        CONSTRAINTS => "Every constraint is validated",
        TRIGGERS => "Every trigger is enabled as declared, those of foreign keys included",
        ROUTINES => "The server accepts the body of every routine",
        WINDOWS => "Every window of partitions is whole",
        _ => "The database equals the files",
    }
}

/// What the checks of the catalog are about.
pub struct Reach {
    /// None: every schema that is not the system's.
    schemas: Option<Vec<String>>,
    ignore: Vec<wildmatch::WildMatch>,
}

impl Reach {
    fn of(settings: &Settings, desired: &DesiredState) -> Self {
        let named = || desired.schemas().iter().map(|name| (**name).to_owned()).collect();
        let schemas = (settings.manage == Manage::Schemas).then(named);
        let ignore = settings.ignore.iter().map(|p| wildmatch::WildMatch::new(p)).collect();
        Self { schemas, ignore }
    }

    /// Whether `name`, with its schema, is somebody else's.
    fn ignores(&self, name: &str) -> bool {
        self.ignore.iter().any(|pattern| pattern.matches(name))
    }
}
