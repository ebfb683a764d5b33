//! `plan`: print the steps from the live database to the files.

use super::{against_strict, compared, refused};
use crate::catalog::let_go;
use crate::cli::Exit;
use crate::cli::arguments::{Common, PlanArguments, PlanFormat};
use crate::cli::configuration::{configure, policy_with};
use crate::cli::files::write;
use crate::cli::output::{data, insist, limits, shown, style, with_report};
use crate::cli::progress::Working;
use crate::cli::targets;
use crate::cli::undo::way_back;
use crate::diagnostic::Located;
use crate::hazard;
use crate::model::HazardClass;
use crate::pipeline::{DesiredState, Outcome, Saved, Settings, against};
use crate::render::{self, Report};

pub async fn run(common: &Common, arguments: &PlanArguments) -> miette::Result<Exit> {
    if arguments.against.is_some() && common.database_url.is_some() {
        let message = "--against compares with files, and --database-url names a database";
        return Err(Located::new("pgconverge::revision::and_database", message)
            .help("leave one of the two out")
            .into());
    }
    let mut configured = configure(common)?;
    // Files alone are no matter of any target.
    if arguments.against.is_none()
        && let Some(fleet) = targets::fleet(&mut configured, &arguments.targeting, None).await?
    {
        return targets::plan(fleet, &configured, arguments).await;
    }
    // A comment is about one plan: who runs it can tell that it is this one.
    let comment = arguments.format == PlanFormat::Markdown && arguments.against.is_none();
    configured.settings.fingerprints = arguments.out.is_some() || comment;
    let policy = policy_with(&configured, &arguments.policy.allow);
    configured.settings.routines =
        (!policy.gives_leave_for_all()).then(|| configured.levels.clone());
    configured.settings.moves = policy.gives_leave(HazardClass::Copy);
    let settings = &configured.settings;
    let (desired, outcome) = match &arguments.against {
        Some(reference) => compared_with_files(settings, reference).await?,
        None => {
            let (open, desired, outcome) = compared(settings).await?;
            open.close().await?;
            (desired, outcome)
        }
    };
    if arguments.undo {
        data(&way_back(&outcome, &policy, arguments.format)?)?;
        return Ok(Exit::Success);
    }
    let hazards = hazard::judge(&outcome.plan, &policy);
    let limits = Some(limits(&configured.patience));
    let (text, value) = with_report(&desired.declared, &outcome, &hazards, limits, |report| {
        let value = arguments.out.as_ref().map(|_| render::json_value(report));
        (print(report, arguments.format), value)
    });
    if let (Some(path), Some(mut value)) = (&arguments.out, value) {
        let saved = Saved::of(settings, &outcome, &policy.allowed);
        value["saved"] = serde_json::to_value(saved).unwrap_or_default();
        write(path, &render::indented(&value), "pgconverge::saved::unwritable")?;
    }
    data(&text)?;
    let_go(desired);
    if let Some(reason) = against_strict(&outcome).filter(|_| arguments.policy.strict) {
        insist(&format!("Refused by --strict: {reason}."));
        return Ok(Exit::Refused);
    }
    // Data that would be lost need leave from whoever runs the plan; what the project itself forbids
    // is for the reviewer to know.
    if hazards.iter().flatten().any(|hazard| hazard.refused_by.is_some()) {
        refused(&outcome.plan, &hazards);
        return Ok(Exit::Refused);
    }
    Ok(if arguments.exit_code && !outcome.plan.is_empty() {
        Exit::Differences
    } else {
        Exit::Success
    })
}

async fn compared_with_files(
    settings: &Settings,
    reference: &str,
) -> miette::Result<(DesiredState, Outcome)> {
    let working = Working::new();
    against(settings, reference, &|text: &str| working.talk(text)).await
}

/// A report of a plan in the format asked for.
pub fn print(report: &Report<'_>, format: PlanFormat) -> String {
    match format {
        PlanFormat::Text => shown(&render::text(report, style())),
        PlanFormat::Markdown => render::markdown(report),
        PlanFormat::Json => render::json(report),
        PlanFormat::Sql => render::sql(report),
    }
}
