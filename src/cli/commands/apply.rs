//! `apply`: make the database equal the files.

use super::compared;
use super::plan::print;
use crate::cli::Exit;
use crate::cli::arguments::{ApplyArguments, Common};
use crate::cli::configuration::{Configured, allowed, configure, patience};
use crate::cli::output::{data, talk, with_report};
use crate::cli::progress::Progress;
use crate::execute::execute;
use crate::hazard;
use crate::pipeline::{PipelineError, compare_again};
use crate::render::Purpose;

pub async fn run(common: &Common, arguments: &ApplyArguments) -> miette::Result<Exit> {
    carry_out(&configure(common)?, arguments, "apply", "the database equals the files").await
}

/// Prints the plan of a command, and runs it if that is confirmed; `reached` is what holds then.
pub async fn carry_out(
    configured: &Configured,
    arguments: &ApplyArguments,
    command: &str,
    reached: &str,
) -> miette::Result<Exit> {
    let settings = &configured.settings;
    let (open, mut desired, outcome) = compared(settings).await?;
    let hazards = hazard::judge(&outcome.plan, &allowed(configured, &arguments.policy.allow));
    let text = with_report(&desired.declared, &outcome, &hazards, Purpose::Plan, |report| {
        print(report, arguments.format)
    });
    data(&text)?;
    if arguments.policy.strict && !outcome.unmanaged.is_empty() {
        talk(
            "Refused by --strict: the database has objects that cannot be managed. Nothing was done.",
        );
        open.close().await?;
        return Ok(Exit::Refused);
    }
    if outcome.plan.is_empty() {
        open.close().await?;
        return Ok(Exit::Success);
    }
    if !arguments.confirm {
        talk(&format!("Nothing was done. To run this plan: pgconverge {command} --confirm"));
        open.close().await?;
        return Ok(Exit::Success);
    }
    if hazards.iter().flatten().any(|hazard| hazard.needs_leave) {
        talk(
            "Refused: the plan loses data (the steps marked !!). Nothing was done. To give leave: --allow data-loss",
        );
        open.close().await?;
        return Ok(Exit::Refused);
    }
    let mut progress = Progress::new(outcome.plan.steps.len());
    let variables = |name: &str| settings.environment.get(name).map(str::to_owned);
    // Who is in the way is good to know; without it, the plan runs as well.
    let observer = open.target.connect().await.ok();
    let result = execute(
        &outcome.plan,
        &open.connection.client,
        observer.as_ref().map(|observer| &observer.client),
        &variables,
        patience(configured, arguments),
        &mut progress,
    )
    .await;
    drop(observer);
    progress.finish();
    result?;
    let after = compare_again(settings, &mut desired, &open, &outcome).await?;
    open.close().await?;
    if !after.plan.is_empty() {
        return Err(PipelineError::NotConverged.into());
    }
    talk(&format!("Done: the catalog was read again, and {reached}."));
    Ok(Exit::Success)
}
