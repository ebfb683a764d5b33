//! The way back from a plan, printed or kept beside the journal.

use super::arguments::PlanFormat;
use super::commands::plan::print;
use super::output::with_report;
use crate::desired::Declared;
use crate::hazard::{self, Policy};
use crate::pipeline::{Outcome, undo};
use crate::render::Report;

/// The way back in the format asked for; first what it does not bring back.
///
/// # Errors
/// Steps that wait for each other.
pub fn way_back(outcome: &Outcome, policy: &Policy, format: PlanFormat) -> miette::Result<String> {
    let back = undo(outcome)?;
    let hazards = hazard::judge(&back.plan, policy);
    let back = Outcome { plan: back.plan, remarks: back.losses, ..Outcome::default() };
    // What it makes is as it was in the database, which is declared nowhere.
    let nothing = Declared::nothing();
    Ok(with_report(&nothing, &back, &hazards, None, |report| {
        print(&Report { back: true, ..*report }, format)
    }))
}

/// The same as a script, or why there is none.
pub fn script(outcome: &Outcome) -> String {
    let text = way_back(outcome, &Policy::default(), PlanFormat::Sql);
    let head = "-- Back to the database as it was before the run; for psql, with ON_ERROR_STOP.\n";
    match text {
        Ok(text) => format!("{head}{text}"),
        Err(error) => format!("-- There is no way back that could be computed: {error}\n"),
    }
}
