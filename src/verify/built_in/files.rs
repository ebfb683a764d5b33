//! In what the database is not as the files say.

use crate::pipeline::{DesiredState, OpenTarget, Outcome, Settings, compare, drift};
use crate::render::Style;
use crate::render::drift::entries;
use crate::verify::failure::Failure;

/// Everything.
pub fn files(desired: &DesiredState, outcome: &Outcome) -> Option<Failure> {
    let message = "the database is not as the files say";
    (!outcome.plan.is_empty()).then(|| Failure::new(message).explained(&told(desired, outcome)))
}

/// What windows of partitions have to say.
pub async fn windows(
    settings: &Settings,
    open: &OpenTarget,
    desired: &mut DesiredState,
    outcome: &Outcome,
) -> miette::Result<Option<Failure>> {
    // Nothing of what is as the files say is a window that is not.
    if outcome.plan.is_empty() {
        return Ok(None);
    }
    let settings = Settings { only_windows: true, ..settings.clone() };
    let outcome = compare(&settings, desired, open).await?;
    let message = "windows of partitions are not as declared";
    let failure = || Failure::new(message).explained(&told(desired, &outcome));
    Ok((!outcome.plan.is_empty()).then(failure))
}

/// As `drift` tells it, without its conclusion.
fn told(desired: &DesiredState, outcome: &Outcome) -> String {
    let drift = drift(&desired.declared, outcome, "", "", false);
    let text = entries(&drift, Style { colour: false });
    let lines = text.lines().filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join("\n")
}
