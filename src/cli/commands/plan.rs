//! `plan`: print the steps from the live database to the files.

use super::compared;
use crate::catalog::let_go;
use crate::cli::Exit;
use crate::cli::arguments::{Common, PlanArguments, PlanFormat};
use crate::cli::configuration::{allowed, configure};
use crate::cli::output::{data, style, talk, with_report};
use crate::hazard;
use crate::render::{self, Purpose, Report};

pub async fn run(common: &Common, arguments: &PlanArguments) -> miette::Result<Exit> {
    let configured = configure(common)?;
    let settings = &configured.settings;
    let (open, desired, outcome) = compared(settings).await?;
    open.close().await?;
    let hazards = hazard::judge(&outcome.plan, &allowed(&configured, &arguments.policy.allow));
    let text = with_report(&desired.declared, &outcome, &hazards, Purpose::Plan, |report| {
        print(report, arguments.format)
    });
    data(&text)?;
    let_go(desired);
    if arguments.policy.strict && !outcome.unmanaged.is_empty() {
        talk("Refused by --strict: the database has objects that cannot be managed.");
        return Ok(Exit::Refused);
    }
    Ok(if arguments.exit_code && !outcome.plan.is_empty() {
        Exit::Differences
    } else {
        Exit::Success
    })
}

/// A report of a plan in the format asked for.
pub fn print(report: &Report<'_>, format: PlanFormat) -> String {
    match format {
        PlanFormat::Text => render::text(report, style()),
        PlanFormat::Markdown => render::markdown(report),
        PlanFormat::Json => render::json(report),
        PlanFormat::Sql => render::sql(report),
    }
}
