//! `apply`: make the database equal the files.

use super::plan::print;
use super::{Claim, against_strict, compared_by, refused};
use crate::cli::Exit;
use crate::cli::arguments::{ApplyArguments, ApplyFileArguments, Common};
use crate::cli::configuration::{Configured, configure, patience, policy_with};
use crate::cli::interruption::listen;
use crate::cli::journal::Journal;
use crate::cli::output::{data, insist, limits, talk, with_report};
use crate::cli::progress::{Both, Progress, Working};
use crate::cli::undo::script;
use crate::execute::{ExecuteError, Run, execute, unclaim};
use crate::hazard;
use crate::model::{HazardClass, Plan};
use crate::pipeline::{
    Limits, OpenTarget, PipelineError, Reviewed, Settings, Stage, compare_again, preflight,
};

pub async fn run(common: &Common, arguments: &ApplyFileArguments) -> miette::Result<Exit> {
    let mut configured = configure(common)?;
    configured.settings.routines = Some(configured.levels.clone());
    let ApplyFileArguments { arguments, plan } = arguments;
    let reviewed = plan.as_deref().map(Reviewed::read).transpose()?;
    let mut command = "apply".to_owned();
    if let Some((reviewed, path)) = reviewed.as_ref().zip(plan.as_ref()) {
        reviewed.settle(&mut configured.settings);
        configured.policy.allowed.extend(&reviewed.saved.allow);
        command = format!("apply --plan {}", path.display());
    }
    let errand = Errand { command: &command, reached: "the database equals the files", reviewed };
    carry_out(&configured, arguments, &errand).await
}

/// What a command is after.
pub struct Errand<'a> {
    /// As it is called.
    pub command: &'a str,
    /// What holds when it is done.
    pub reached: &'a str,
    /// The plan that it has to be.
    pub reviewed: Option<Reviewed>,
}

/// Prints the plan of a command, and runs it if that is confirmed.
pub async fn carry_out(
    configured: &Configured,
    arguments: &ApplyArguments,
    errand: &Errand<'_>,
) -> miette::Result<Exit> {
    let policy = policy_with(configured, &arguments.policy.allow);
    let settings = &Settings {
        moves: policy.gives_leave(HazardClass::Copy),
        routines: configured.settings.routines.clone().filter(|_| !policy.gives_leave_for_all()),
        ..configured.settings.clone()
    };
    let claim = if arguments.confirm { Claim::Run } else { Claim::None };
    let (open, mut desired, outcome) = compared_by(settings, claim).await?;
    let moved = errand.reviewed.iter().flat_map(|reviewed| reviewed.moved(&outcome));
    let moved: Vec<String> = moved.collect();
    if !moved.is_empty() {
        insist("Refused: it is not any more as it was when the plan was made. Nothing was done.");
        moved.iter().for_each(|line| insist(&format!("  {line}")));
        insist("Make the plan anew: pgconverge plan --out");
        close(open, arguments.confirm).await?;
        return Ok(Exit::Moved);
    }
    let hazards = hazard::judge(&outcome.plan, &policy);
    let limits = Some(limits(&patience(configured, arguments)));
    let text = with_report(&desired.declared, &outcome, &hazards, limits, |report| {
        print(report, arguments.format)
    });
    data(&text)?;
    if let Some(reason) = against_strict(&outcome).filter(|_| arguments.policy.strict) {
        insist(&format!("Refused by --strict: {reason}. Nothing was done."));
        close(open, arguments.confirm).await?;
        return Ok(Exit::Refused);
    }
    if outcome.plan.is_empty() {
        close(open, arguments.confirm).await?;
        return Ok(Exit::Success);
    }
    if !arguments.confirm {
        let command = errand.command;
        talk(&format!("Nothing was done. To run this plan: pgconverge {command} --confirm"));
        close(open, arguments.confirm).await?;
        return Ok(Exit::Success);
    }
    if hazards.iter().flatten().any(|hazard| hazard.needs_leave) {
        insist("Refused: steps need leave (those marked !!). Nothing was done.");
        refused(&outcome.plan, &hazards);
        close(open, arguments.confirm).await?;
        return Ok(Exit::Refused);
    }
    if !arguments.no_preflight {
        let limits = Limits {
            lock_timeout: patience(configured, arguments).lock_timeout,
            room: configured.room,
        };
        let _stage = settings.stages.enter(Stage::Rows);
        if let Err(found) = preflight(&outcome, &desired, &open, limits, &talk).await {
            close(open, arguments.confirm).await?;
            return Err(found);
        }
    }
    let directory = arguments.journal.as_ref().unwrap_or(&configured.journal);
    let mut journal = Journal::begin(directory, errand.command, &outcome.plan);
    if let Some(path) = journal.keep("undo.sql", &script(&outcome)) {
        talk(&format!("The way back from this run: {}", path.display()));
    }
    let applying = settings.stages.enter(Stage::Apply);
    let done = run_plan(configured, arguments, &open, &outcome.plan, &mut journal).await;
    drop(applying);
    if let Err(error) = done {
        journal.end("failed", Some(&error.to_string()));
        // A broken connection gives the lock back by itself.
        let _ = unclaim(&open.connection.client).await;
        return Err(error.into());
    }
    let working = Working::new();
    let after = compare_again(settings, &mut desired, &open, &outcome).await?;
    drop(working);
    close(open, arguments.confirm).await?;
    if !after.plan.is_empty() {
        let error = PipelineError::NotConverged;
        journal.end("not converged", Some(&error.to_string()));
        return Err(error.into());
    }
    journal.end("converged", None);
    if let Some(path) = journal.path() {
        talk(&format!("The journal of this run: {}", path.display()));
    }
    talk(&format!("Done: the catalog was read again, and {}.", errand.reached));
    Ok(Exit::Success)
}

async fn run_plan(
    configured: &Configured,
    arguments: &ApplyArguments,
    open: &OpenTarget,
    plan: &Plan,
    journal: &mut Journal,
) -> Result<(), ExecuteError> {
    let mut progress = Progress::new(plan.steps.len());
    let variables = |name: &str| configured.settings.environment.get(name).map(str::to_owned);
    // Who is in the way is good to know; without it, the plan runs as well.
    let observer = open.target.connect().await.ok();
    let interrupt = listen(open.connection.cancel_handle());
    let run = Run {
        plan,
        client: &open.connection.client,
        observer: observer.as_ref().map(|observer| &observer.client),
        variables: &variables,
        patience: patience(configured, arguments),
        interrupt: &interrupt,
    };
    let result = execute(&run, &mut Both(&mut progress, journal)).await;
    progress.finish();
    result
}

/// Ends the session; where it kept other runs away, it lets them in first, since the server takes a moment
/// to end it.
async fn close(open: OpenTarget, claimed: bool) -> miette::Result<()> {
    if claimed {
        unclaim(&open.connection.client).await?;
    }
    open.close().await
}
