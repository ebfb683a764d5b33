//! The commands.

pub mod apply;
pub mod check;
pub mod dev;
pub mod drift;
pub mod maintain;
pub mod plan;
pub mod pull;
pub mod sql;
pub mod verify;

use super::progress::Working;
use crate::pipeline::{self, DesiredState, OpenTarget, Outcome, Settings};

/// The target, and what a comparison with the files found.
async fn compared(settings: &Settings) -> miette::Result<(OpenTarget, DesiredState, Outcome)> {
    let working = Working::new("comparing the database with the files");
    let talk = |text: &str| working.talk(text);
    let open = pipeline::open(settings, &talk).await?;
    let (desired, outcome) = pipeline::first_comparison(settings, &open, &talk).await?;
    Ok((open, desired, outcome))
}
