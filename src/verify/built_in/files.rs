//! In what the database is not as the files say.

use crate::model::Part;
use crate::pipeline::{DesiredState, OpenTarget, Outcome, Settings, compare};
use crate::render::{Purpose, Report, Style, text};
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
    let declared = &desired.declared;
    let place =
        |part: &Part| declared.places.find(part).map(|place| declared.sources.describe(place));
    let report = Report {
        plan: &outcome.plan,
        hazards: &[],
        place: &place,
        remarks: &[],
        unmanaged: &[],
        left_alone: &[],
        purpose: Purpose::Drift,
        limits: None,
        fingerprint: None,
        base: None,
    };
    let text = text(&report, Style { colour: false });
    let lines = text.lines().filter(|line| !line.is_empty());
    let mut lines: Vec<&str> = lines.collect();
    lines.pop();
    lines.join("\n")
}
