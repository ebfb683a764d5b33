//! `verify`: does the database do what the project expects of it?

use std::path::Path;

use super::compared;
use crate::cli::Exit;
use crate::cli::arguments::{Common, VerifyArguments, VerifyFormat};
use crate::cli::configuration::configure;
use crate::cli::output::{data, shown, style};
use crate::cli::progress::Working;
use crate::cli::targets::{One, one};
use crate::pipeline::{Fresh, Settings, Stage, compare, fresh, open};
use crate::verify::{self, Checks, Ground, Report, Selection};

pub async fn run(common: &Common, arguments: &VerifyArguments) -> miette::Result<Exit> {
    let mut configured = configure(common)?;
    if !arguments.shadow {
        one(&mut configured, arguments.one.target.as_deref(), ("verify", One::Database)).await?;
    }
    let settings = configured.settings;
    let named = arguments.checks.as_deref().or(configured.checks.as_deref());
    let checks = declared(&settings, named)?;
    let selection = Selection::new(&arguments.names, &arguments.skip, &checks)?;
    let sessions = usize::from(arguments.sessions);
    let report = match arguments.shadow {
        true => on_shadow(&settings, &checks, &selection, sessions).await?,
        false => on_database(&settings, &checks, &selection, sessions).await?,
    };
    let text = match arguments.format {
        VerifyFormat::Text => shown(&verify::text(&report, style())),
        VerifyFormat::Json => verify::json(&report),
        VerifyFormat::Junit => verify::junit(&report),
    };
    data(&text)?;
    Ok(if report.holds() { Exit::Success } else { Exit::Differences })
}

/// The checks of the directory that is named; else of the one beside the schema's, where there is one.
fn declared(settings: &Settings, directory: Option<&Path>) -> miette::Result<Checks> {
    let beside = settings.schema.parent().unwrap_or(Path::new("")).join("checks");
    match directory {
        Some(directory) => verify::read(directory),
        None if beside.is_dir() => verify::read(&beside),
        None => Ok(Checks::default()),
    }
}

async fn on_database(
    settings: &Settings,
    checks: &Checks,
    selection: &Selection,
    sessions: usize,
) -> miette::Result<Report> {
    // What nobody asks about need not be compared.
    let (open, mut found) = match selection.has_built_in() {
        true => {
            let (open, desired, outcome) = compared(settings).await?;
            (open, Some((desired, outcome)))
        }
        false => (open(settings, &crate::cli::output::talk).await?, None),
    };
    let working = Working::new();
    let _stage = settings.stages.enter(Stage::Checks);
    let compared = found.as_mut().map(|(desired, outcome)| (desired, &*outcome));
    let shared = Ground::Shared;
    let report =
        verify::verify(settings, &open, shared, compared, checks, selection, sessions).await;
    drop(working);
    open.close().await?;
    report
}

async fn on_shadow(
    settings: &Settings,
    checks: &Checks,
    selection: &Selection,
    sessions: usize,
) -> miette::Result<Report> {
    let working = Working::new();
    let talk = |text: &str| working.talk(text);
    let (fresh, mut desired) = fresh(settings, &talk).await?;
    let Fresh { open, .. } = &fresh;
    let report = async {
        let outcome = compare(settings, &mut desired, open).await?;
        let compared = Some((&mut desired, &outcome));
        let _stage = settings.stages.enter(Stage::Checks);
        verify::verify(settings, open, Ground::Own, compared, checks, selection, sessions).await
    };
    let report = report.await;
    drop(working);
    fresh.close().await?;
    report
}
