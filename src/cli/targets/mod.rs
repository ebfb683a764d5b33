//! Several databases, or schemas, that are to be as the same files say.

mod choice;
mod drift;
mod fleet;
mod look;
mod roll_out;
mod show;
mod table;

pub use choice::only_databases;
pub use drift::{drift, named_none};
pub use fleet::{Fleet, One, fleet, one};
pub use table::{Table, Targets};

use std::path::Path;

use super::Exit;
use super::arguments::{ApplyArguments, PlanArguments};
use super::configuration::{Configured, patience, policy_with};
use super::files::write;
use super::output::{data, limits, talk};
use crate::diagnostic::Located;
use crate::hazard::Policy;
use crate::model::HazardClass;
use crate::pipeline::Reviewed;
use crate::render::{Became, Ended, Limits, indented, targets_json};
use look::{Looked, look};
use roll_out::RollOut;
use show::{About, Form, one_only, outcomes, report};

/// `plan` over all targets.
pub async fn plan(
    mut fleet: Fleet,
    configured: &Configured,
    arguments: &PlanArguments,
) -> miette::Result<Exit> {
    if arguments.undo {
        return Err(one_only("--undo").into());
    }
    let form = Form::try_from(arguments.format)?;
    let policy = policy_with(configured, &arguments.policy.allow);
    settle(&mut fleet, configured, &policy);
    for member in &mut fleet.members {
        member.settings.fingerprints = arguments.out.is_some();
    }
    let looked = look(&fleet, &policy).await?;
    let limits = Some(limits(&configured.patience));
    if let Some(path) = &arguments.out {
        write(path, &saved(&fleet, &looked, limits), "pgconverge::saved::unwritable")?;
    }
    data(&report(&fleet, &looked, None, About::Plans, limits, form))?;
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

/// `apply`, or what is like it, over all targets.
pub async fn apply(
    mut fleet: Fleet,
    configured: &Configured,
    arguments: &ApplyArguments,
    command: &str,
    reviewed: Option<&Path>,
) -> miette::Result<Exit> {
    let form = Form::try_from(arguments.format)?;
    let mut policy = policy_with(configured, &arguments.policy.allow);
    if let Some(path) = reviewed {
        review(&mut fleet, path, &mut policy)?;
    }
    settle(&mut fleet, configured, &policy);
    let looked = look(&fleet, &policy).await?;
    let limits = Some(limits(&patience(configured, arguments)));
    let show = |ended: Option<&[Ended]>| report(&fleet, &looked, ended, About::Plans, limits, form);
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
    let has = |outcome: Became| ended.iter().any(|ended| ended.outcome == outcome);
    Ok(match () {
        () if has(Became::Failed) || has(Became::Partly) => Exit::Failure,
        () if has(Became::Moved) => Exit::Moved,
        () if has(Became::Refused) => Exit::Refused,
        () if has(Became::NotBegun) => Exit::Failure,
        () => Exit::Success,
    })
}

/// Makes the targets those of saved plans, each under the settings that it was made under.
fn review(fleet: &mut Fleet, path: &Path, policy: &mut Policy) -> miette::Result<()> {
    let mut plans = Reviewed::read_all(path)?;
    for member in &mut fleet.members {
        let reviewed = plans.remove(&member.name).ok_or_else(|| {
            let message = format!("{} has no plan of {}", path.display(), member.name);
            Located::new("pgconverge::targets::not_planned", message).help(
                "make the plans anew with `pgconverge plan --out`, or choose targets with --target",
            )
        })?;
        reviewed.settle(&mut member.settings);
        policy.allowed.extend(&reviewed.saved.allow);
        member.reviewed = Some(reviewed);
    }
    Ok(())
}

/// The report as JSON, and what running just these plans needs.
fn saved(fleet: &Fleet, looked: &Looked, limits: Option<Limits>) -> String {
    let plans = fleet.members.iter().zip(&looked.stands).filter_map(|(member, stand)| {
        let saved = stand.as_ref().ok()?.saved.as_ref()?;
        Some((member.name.clone(), serde_json::to_value(saved).ok()?))
    });
    let plans: serde_json::Map<String, serde_json::Value> = plans.collect();
    show::with_targets(fleet, looked, None, About::Plans, limits, |targets| {
        let mut value = targets_json(targets);
        value["plans"] = plans.into();
        indented(&value)
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
    let moved = |n| looked.found(n).is_some_and(|(stand, _)| !stand.moved.is_empty());
    let moved: Vec<usize> = (0..fleet.members.len()).filter(|n| moved(*n)).collect();
    if !moved.is_empty() && !goes_on {
        talk(
            "Refused: targets are not any more as they were when the plans were made. Nothing was done.",
        );
        for n in moved {
            let lines =
                looked.found(n).map(|(stand, _)| stand.moved.join("; ")).unwrap_or_default();
            talk(&format!("  {}: {lines}", fleet.members[n].name));
        }
        talk("Make the plans anew: pgconverge plan --out");
        return Some(Exit::Moved);
    }
    if !arguments.confirm {
        let command = roll_out.command;
        if looked.differ() {
            talk(&format!("Nothing was done. To run these plans: pgconverge {command} --confirm"));
        }
        // As by `plan`: what the project itself forbids is refused at once.
        let forbidden = (0..fleet.members.len())
            .any(|n| looked.found(n).is_some_and(|(_, found)| found.is_refused()));
        return Some(match () {
            () if looked.has_failures() || looked.has_wrong() => Exit::Failure,
            () if forbidden || arguments.policy.strict && refused => Exit::Refused,
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
