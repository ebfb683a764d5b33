//! The commands.

pub mod apply;
pub mod check;
pub mod completions;
pub mod dev;
pub mod drift;
pub mod explain;
pub mod init;
pub mod maintain;
pub mod man;
pub mod plan;
pub mod pull;
pub mod schema;
pub mod sql;
pub mod verify;
pub mod why;

use std::collections::BTreeSet;

use super::output::insist;
use super::progress::Working;
use crate::execute;
use crate::model::{Hazard, HazardClass, Plan};
use crate::pipeline::{self, DesiredState, OpenTarget, Outcome, Settings};

/// The target, and what a comparison with the files found.
async fn compared(settings: &Settings) -> miette::Result<(OpenTarget, DesiredState, Outcome)> {
    compared_by(settings, Claim::None).await
}

/// Says what is refused, by what, and how to give leave.
fn refused(plan: &Plan, hazards: &[Vec<Hazard>]) {
    let mut classes = BTreeSet::new();
    for (n, hazards) in hazards.iter().enumerate() {
        let step = &plan.steps[n];
        for hazard in hazards.iter().filter(|hazard| hazard.needs_leave) {
            classes.insert(hazard.class);
            let by = hazard.refused_by.as_ref().map(|place| format!(" — {place}"));
            let (title, address) = (&step.title, &step.address);
            let by = by.unwrap_or_default();
            insist(&format!("  step {}, {title} ({address}): {}{by}", n + 1, hazard.message));
        }
    }
    if classes.remove(&HazardClass::Protected) {
        insist("What is protected stays, until pgconverge.toml says otherwise.");
    }
    if !classes.is_empty() {
        let leave: Vec<String> = classes.iter().map(|class| format!("--allow {class}")).collect();
        insist(&format!("To give leave for one run: {}", leave.join(" ")));
    }
}

/// What `--strict` has against a plan; nothing, if it lets it pass.
pub fn against_strict(outcome: &Outcome) -> Option<&'static str> {
    if !outcome.unmanaged.is_empty() {
        return Some("the database has objects that cannot be managed");
    }
    (!outcome.lookalikes.is_empty())
        .then_some("something goes and something comes that looks the same, and the files do not say which it is")
}

/// Whether a comparison keeps other runs on the database away.
enum Claim {
    None,
    Run,
}

async fn compared_by(
    settings: &Settings,
    claim: Claim,
) -> miette::Result<(OpenTarget, DesiredState, Outcome)> {
    let working = Working::new();
    let talk = |text: &str| working.talk(text);
    let open = pipeline::open(settings, &talk).await?;
    if matches!(claim, Claim::Run) {
        pipeline::own_session(&open).await?;
        execute::claim(&open.connection.client).await?;
    }
    let (desired, outcome) = pipeline::first_comparison(settings, &open, &talk).await?;
    Ok((open, desired, outcome))
}
