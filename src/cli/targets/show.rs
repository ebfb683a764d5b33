//! The report on all targets.

use super::fleet::Fleet;
use super::look::{Found, Looked};
use crate::cli::arguments::PlanFormat;
use crate::cli::output::{report_of, style};
use crate::diagnostic::Located;
use crate::model::Part;
use crate::pipeline::{Wrong, drift};
use crate::render::{
    Ended, Failed, Group, Limits, Targets, indented, outcomes_text, targets_json, targets_markdown,
    targets_text,
};

/// The form of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Text,
    Markdown,
    Json,
}

impl TryFrom<PlanFormat> for Form {
    type Error = Located;

    fn try_from(format: PlanFormat) -> Result<Self, Located> {
        match format {
            PlanFormat::Text => Ok(Self::Text),
            PlanFormat::Markdown => Ok(Self::Markdown),
            PlanFormat::Json => Ok(Self::Json),
            PlanFormat::Sql => Err(one_only("--format sql")),
        }
    }
}

/// What a report is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    Plans,
    /// Whether what cannot be managed counts.
    Drift {
        strict: bool,
    },
}

/// What makes no sense for several targets.
pub fn one_only(flag: &str) -> Located {
    Located::new(
        "pgconverge::targets::one_only",
        format!("{flag} is about one target, and there are several"),
    )
    .help("choose one with --target NAME")
}

/// Shows what was found, and what became of it; `ended` is empty as long as nothing was done.
pub fn report(
    fleet: &Fleet,
    looked: &Looked,
    ended: Option<&[Ended]>,
    about: About,
    limits: Option<Limits>,
    form: Form,
) -> String {
    with_targets(fleet, looked, ended, about, limits, |targets| match form {
        Form::Text => targets_text(targets, style()),
        Form::Markdown => targets_markdown(targets),
        Form::Json => indented(&targets_json(targets)),
    })
}

/// Shows what became of targets, once what was found has been shown.
pub fn outcomes(fleet: &Fleet, looked: &Looked, ended: &[Ended]) -> String {
    with_targets(fleet, looked, Some(ended), About::Plans, None, |targets| {
        outcomes_text(targets, style())
    })
}

/// Calls `show` with what was found.
pub fn with_targets(
    fleet: &Fleet,
    looked: &Looked,
    ended: Option<&[Ended]>,
    about: About,
    limits: Option<Limits>,
    show: impl FnOnce(&Targets<'_>) -> String,
) -> String {
    let failed = fleet.members.iter().zip(&looked.stands);
    let failed = failed
        .filter_map(|(member, stand)| Some(failure(&member.name, stand.as_ref().err()?)))
        .collect();
    let of_windows = fleet.members.iter().zip(&looked.stands).filter_map(|(member, stand)| {
        Some(stand.as_ref().ok()?.wrong.iter().map(|it| of_window(&member.name, it)))
    });
    let wrong = of_windows.flatten().collect();
    let places: Vec<Place<'_>> = looked.groups.iter().map(|group| place(&group.found)).collect();
    let groups = looked.groups.iter().zip(&places).map(|(group, place)| {
        let Found { outcome, hazards, declared, .. } = &group.found;
        let files = fleet.members.first().map(|it| it.settings.schema.display().to_string());
        let drift = match about {
            About::Plans => None,
            About::Drift { strict } => {
                let files = files.unwrap_or_default();
                Some(drift(declared, outcome, &group.shown, &files, strict))
            }
        };
        Group {
            drift,
            fingerprint: &group.fingerprint,
            members: &group.members,
            shown: &group.shown,
            report: report_of(outcome, hazards, limits, &**place),
        }
    });
    show(&Targets { groups: groups.collect(), failed, wrong, ended })
}

type Place<'a> = Box<dyn Fn(&Part) -> Option<String> + 'a>;

fn place(found: &Found) -> Place<'_> {
    let declared = &found.declared;
    Box::new(|part| declared.places.find(part).map(|place| declared.sources.describe(place)))
}

/// What is said of a window that something is wrong with.
fn of_window(target: &str, wrong: &Wrong) -> Failed {
    failure(target, &wrong.problem.clone().into())
}

/// What is said of all of a target, once the rest is done.
pub fn of_windows(target: &str, wrong: &[Wrong]) -> Option<Failed> {
    let mut each = wrong.iter().map(|it| of_window(target, it));
    let first = each.next()?;
    Some(each.fold(first, |all, one| Failed {
        message: format!("{}; {}", all.message, one.message),
        ..all
    }))
}

/// What is said of an error in a list of many.
pub fn failure(target: &str, error: &miette::Report) -> Failed {
    Failed {
        target: target.to_owned(),
        code: error.code().map(|code| code.to_string()),
        message: error.to_string(),
        help: error.help().map(|help| help.to_string()),
    }
}
