//! `apply`: make the database equal the files.

use super::plan::print;
use super::{Claim, against_strict, compared_by, refused};
use crate::cli::Exit;
use crate::cli::arguments::{ApplyArguments, ApplyFileArguments, Common};
use crate::cli::conduct::Conduct;
use crate::cli::configuration::{Configured, configure, patience, policy_with};
use crate::cli::interruption::Interruption;
use crate::cli::output::{data, insist, limits, talk, with_report};
use crate::cli::progress::Progress;
use crate::cli::targets;
use crate::execute::unclaim;
use crate::hazard;
use crate::model::{Hazard, HazardClass};
use crate::pipeline::{OpenTarget, Reviewed, Settings, Wrong, none_wrong, set_windows_apart};

pub async fn run(common: &Common, arguments: &ApplyFileArguments) -> miette::Result<Exit> {
    let mut configured = configure(common)?;
    configured.settings.routines = Some(configured.levels.clone());
    let ApplyFileArguments { arguments, plan } = arguments;
    if let Some(fleet) =
        targets::fleet(&mut configured, &arguments.targeting, Some(&arguments.roll_out.canary))
            .await?
    {
        let command = plan.as_ref().map(|plan| format!("apply --plan {}", plan.display()));
        let command = command.as_deref().unwrap_or("apply");
        return targets::apply(fleet, &configured, arguments, command, plan.as_deref()).await;
    }
    // The one that is chosen, where there are several.
    let target = arguments.targeting.target.first().map(String::as_str);
    let reviewed = plan.as_deref().map(|plan| Reviewed::read(plan, target)).transpose()?;
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
    let mut wrong = Vec::new();
    let done = carry_out_the_rest(configured, arguments, errand, &mut wrong).await;
    if done.is_err() {
        wrong.iter().for_each(|wrong| insist(&format!("error: {}", wrong.problem)));
    }
    let exit = done?;
    none_wrong(&wrong)?;
    Ok(exit)
}

/// The same without the windows that come to be in `wrong`.
async fn carry_out_the_rest(
    configured: &Configured,
    arguments: &ApplyArguments,
    errand: &Errand<'_>,
    wrong: &mut Vec<Wrong>,
) -> miette::Result<Exit> {
    let policy = policy_with(configured, &arguments.policy.allow);
    let mut settings = Settings {
        moves: policy.gives_leave(HazardClass::Copy),
        routines: configured.settings.routines.clone().filter(|_| !policy.gives_leave_for_all()),
        ..configured.settings.clone()
    };
    let claim = if arguments.confirm { Claim::Run } else { Claim::None };
    let (open, mut desired, mut outcome) = compared_by(&settings, claim).await?;
    let apart = match arguments.no_preflight {
        true => Ok(()),
        false => set_windows_apart(&mut settings, &mut outcome, &mut desired, &open, &talk).await,
    };
    wrong.append(&mut outcome.wrong);
    apart?;
    let settings = &settings;
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
    // What the project itself forbids is refused at once, as by `plan`; what needs leave, when it is to be run.
    let is_refused = |hazard: &Hazard| match arguments.confirm {
        true => hazard.needs_leave,
        false => hazard.refused_by.is_some(),
    };
    if hazards.iter().flatten().any(is_refused) {
        insist("Refused: steps need leave (those marked !!). Nothing was done.");
        refused(&outcome.plan, &hazards);
        close(open, arguments.confirm).await?;
        return Ok(Exit::Refused);
    }
    if !arguments.confirm {
        let command = errand.command;
        talk(&format!("Nothing was done. To run this plan: pgconverge {command} --confirm"));
        close(open, arguments.confirm).await?;
        return Ok(Exit::Success);
    }
    let interruption = Interruption::listen();
    let command = errand.command;
    let conduct = Conduct {
        configured,
        settings,
        arguments,
        command,
        target: None,
        interruption: &interruption,
    };
    let mut progress = Progress::new(outcome.plan.steps.len());
    let done = conduct.run(&open, &mut desired, &outcome, &mut progress, &talk).await;
    progress.finish();
    let journal = match done {
        Ok(journal) => journal,
        Err(error) => {
            // A broken connection gives the lock back by itself.
            let _ = close(open, arguments.confirm).await;
            return Err(error);
        }
    };
    close(open, arguments.confirm).await?;
    if let Some(path) = journal {
        talk(&format!("The journal of this run: {}", path.display()));
    }
    let others = "but for what is wrong, every window is as the files say";
    let reached = if wrong.is_empty() { errand.reached } else { others };
    talk(&format!("Done: the catalog was read again, and {reached}."));
    Ok(Exit::Success)
}

/// Ends the session; where it kept other runs away, it lets them in first, since the server takes a moment
/// to end it.
pub async fn close(open: OpenTarget, claimed: bool) -> miette::Result<()> {
    if claimed {
        unclaim(&open.connection.client).await?;
    }
    open.close().await
}
