//! Several databases, or schemas, that are to be as the same files say.

mod fleet;
mod look;
mod roll_out;
mod show;
mod table;

pub use fleet::{Fleet, fleet};
pub use show::one_only;
pub use table::{Table, Targets};

use super::Exit;
use super::arguments::{ApplyArguments, DriftArguments, PlanArguments};
use super::configuration::{Configured, patience, policy_with};
use super::output::{data, limits, talk};
use crate::hazard::Policy;
use crate::model::HazardClass;
use crate::render::{Ended, Purpose};
use look::{Looked, look};
use roll_out::{FAILED, NOT_BEGUN, REFUSED, RollOut};
use show::{Form, outcomes, report};

/// `plan` over all targets.
pub async fn plan(
    mut fleet: Fleet,
    configured: &Configured,
    arguments: &PlanArguments,
) -> miette::Result<Exit> {
    if arguments.out.is_some() || arguments.undo {
        return Err(one_only(if arguments.undo { "--undo" } else { "--out" }).into());
    }
    let form = Form::try_from(arguments.format)?;
    let policy = policy_with(configured, &arguments.policy.allow);
    settle(&mut fleet, configured, &policy);
    let looked = look(&fleet, &policy).await?;
    let limits = Some(limits(&configured.patience));
    data(&report(&fleet, &looked, None, Purpose::Plan, limits, form))?;
    looked.tell_failures(&fleet);
    let strict = |n| looked.found(n).is_some_and(|(stand, _)| stand.strict.is_some());
    let strict = arguments.policy.strict && (0..fleet.members.len()).any(strict);
    if strict {
        talk(
            "Refused by --strict: targets have what cannot be managed, or what looks like a rename.",
        );
    }
    let refused = looked.groups.iter().any(|group| group.found.is_refused());
    Ok(match () {
        () if looked.has_failures() => Exit::Failure,
        () if refused || strict => Exit::Refused,
        () if arguments.exit_code && looked.differ() => Exit::Differences,
        () => Exit::Success,
    })
}

/// `drift` over all targets.
pub async fn drift(fleet: Fleet, arguments: &DriftArguments) -> miette::Result<Exit> {
    let looked = look(&fleet, &Policy::default()).await?;
    let form = Form::from(arguments.format);
    data(&report(&fleet, &looked, None, Purpose::Drift, None, form))?;
    looked.tell_failures(&fleet);
    let beyond = |n| looked.found(n).is_some_and(|(_, it)| !it.outcome.unmanaged.is_empty());
    let beyond = arguments.strict && (0..fleet.members.len()).any(beyond);
    Ok(match () {
        () if looked.has_failures() => Exit::Failure,
        () if looked.differ() || beyond => Exit::Differences,
        () => Exit::Success,
    })
}

/// `apply`, or what is like it, over all targets.
pub async fn apply(
    mut fleet: Fleet,
    configured: &Configured,
    arguments: &ApplyArguments,
    command: &str,
) -> miette::Result<Exit> {
    let form = Form::try_from(arguments.format)?;
    let policy = policy_with(configured, &arguments.policy.allow);
    settle(&mut fleet, configured, &policy);
    let looked = look(&fleet, &policy).await?;
    let limits = Some(limits(&patience(configured, arguments)));
    let show =
        |ended: Option<&[Ended]>| report(&fleet, &looked, ended, Purpose::Plan, limits, form);
    let roll_out = RollOut { fleet: &fleet, configured, arguments, policy: &policy, command };
    if let Some(exit) = hindered(&fleet, &looked, &roll_out) {
        data(&show(None))?;
        looked.tell_failures(&fleet);
        return Ok(exit);
    }
    // A document cannot be added to once it is out.
    if form == Form::Text {
        data(&show(None))?;
    }
    looked.tell_failures(&fleet);
    let ended = roll_out.run(&looked).await;
    let shown = match form {
        Form::Text => outcomes(&fleet, &looked, &ended),
        _ => show(Some(&ended)),
    };
    data(&shown)?;
    let has = |outcome| ended.iter().any(|ended| ended.outcome == outcome);
    Ok(match () {
        () if has(FAILED) => Exit::Failure,
        () if has(REFUSED) => Exit::Refused,
        () if has(NOT_BEGUN) => Exit::Failure,
        () => Exit::Success,
    })
}

/// Why nothing is done, if nothing is.
fn hindered(fleet: &Fleet, looked: &Looked, roll_out: &RollOut<'_>) -> Option<Exit> {
    let arguments = roll_out.arguments;
    let goes_on = fleet.keep_going || arguments.roll_out.keep_going;
    let refused = |n| {
        let found = looked.found(n);
        found.is_some_and(|(stand, it)| it.needs_leave() || roll_out.is_strict(stand.strict))
    };
    let refused = (0..fleet.members.len()).any(refused);
    if looked.has_failures() && !goes_on {
        talk("Targets could not be looked at. Nothing was done; --keep-going leaves them out.");
        return Some(Exit::Failure);
    }
    if !arguments.confirm {
        let command = roll_out.command;
        if looked.differ() {
            talk(&format!("Nothing was done. To run these plans: pgconverge {command} --confirm"));
        }
        let strict = arguments.policy.strict && refused;
        return Some(match () {
            () if looked.has_failures() => Exit::Failure,
            () if strict => Exit::Refused,
            () => Exit::Success,
        });
    }
    if refused && !goes_on {
        talk(
            "Refused: steps of some targets need leave (those marked !!), or --strict has something against them.",
        );
        talk("Nothing was done; --keep-going leaves these targets out.");
        return Some(Exit::Refused);
    }
    None
}

/// Tells every target what the run has leave for.
fn settle(fleet: &mut Fleet, configured: &Configured, policy: &Policy) {
    for member in &mut fleet.members {
        let settings = &mut member.settings;
        settings.routines = (!policy.gives_leave_for_all()).then(|| configured.levels.clone());
        settings.moves = policy.gives_leave(HazardClass::Copy);
    }
}
