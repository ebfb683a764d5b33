//! `drift`: in what the database is not as the files say.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Instant;

use super::compared;
use crate::catalog::let_go;
use crate::cli::Exit;
use crate::cli::arguments::{Common, DriftArguments, DriftFormat};
use crate::cli::configuration::configure;
use crate::cli::files::{replace, write};
use crate::cli::output::{data, shown, style, talk};
use crate::cli::progress::Working;
use crate::cli::targets;
use crate::pipeline::{Settings, accept, all_read, drift, none_wrong};
use crate::render::Style;
use crate::render::drift::{self as forms, Drift, Run};
use crate::server::connect::Target;

pub async fn run(common: &Common, arguments: &DriftArguments) -> miette::Result<Exit> {
    let begun = Instant::now();
    let mut configured = configure(common)?;
    if arguments.accept.is_none() {
        configured.settings.windows_apart = Some(BTreeSet::new());
    }
    match targets::fleet(&mut configured, &arguments.targeting, None).await {
        Ok(None) => {}
        Ok(Some(fleet)) => return targets::drift(fleet, arguments, begun).await,
        Err(error) => {
            targets::named_none(arguments, begun)?;
            return Err(error);
        }
    }
    let settings = configured.settings;
    if let Some(names) = &arguments.accept {
        if let Some(tenant) = &settings.tenant {
            return Err(targets::only_databases("drift --accept", &tenant.schema).into());
        }
        return take_over(&settings, names).await;
    }
    let found = found(&settings, arguments.strict).await;
    let run = ended(begun);
    let database = match &found {
        Ok((drift, _)) => drift.database.clone(),
        Err(_) => named(&settings),
    };
    let whole = found.as_ref().ok().filter(|(_, read)| read.is_ok()).map(|(drift, _)| drift);
    for report in &arguments.report {
        let text = match (report.format, &found) {
            (DriftFormat::Prometheus, _) => forms::prometheus(&database, run, whole),
            (format, Ok((drift, _))) => printed(drift, format, Style { colour: false }),
            // What is in the file is from an earlier run, and its date says so.
            (_, Err(_)) => continue,
        };
        write(&report.file, &text, "pgconverge::drift::unwritable")?;
    }
    if arguments.format == DriftFormat::Prometheus {
        data(&forms::prometheus(&database, run, whole))?;
    }
    let (drift, read) = found?;
    match arguments.format {
        DriftFormat::Prometheus => {}
        DriftFormat::Text => data(&shown(&printed(&drift, arguments.format, style())))?,
        format => data(&printed(&drift, format, style()))?,
    }
    read?;
    Ok(if drift.is_none() { Exit::Success } else { Exit::Differences })
}

/// The run that began then and ends now.
pub fn ended(begun: Instant) -> Run {
    Run {
        ended: jiff::Timestamp::now().as_duration().as_secs_f64(),
        took: begun.elapsed().as_secs_f64(),
    }
}

/// What differs, and what could not be read.
async fn found(
    settings: &Settings,
    strict: bool,
) -> miette::Result<(Drift, Result<(), crate::diagnostic::Many>)> {
    let (open, desired, outcome) = compared(settings).await?;
    let (database, role) = (open.target.database().to_owned(), open.target.user().to_owned());
    open.close().await?;
    let files = settings.schema.display().to_string();
    let drift = drift(&desired.declared, &outcome, &database, &files, strict);
    let read = none_wrong(&outcome.wrong).and(all_read(&desired.declared, &outcome, &role));
    let_go(desired);
    Ok((drift, read))
}

/// The name of the database, as far as it can be told without being there.
fn named(settings: &Settings) -> String {
    let target = Target::resolve(settings.database_url.as_deref(), &settings.environment);
    let target = target.ok().flatten();
    target.map(|target| target.database().to_owned()).unwrap_or_default()
}

fn printed(drift: &Drift, format: DriftFormat, style: Style) -> String {
    match format {
        DriftFormat::Text | DriftFormat::Prometheus => forms::text(drift, style),
        DriftFormat::Markdown => forms::markdown(drift),
        DriftFormat::Json => forms::json(drift),
        DriftFormat::Junit => forms::junit(drift),
        DriftFormat::Sarif => forms::sarif(drift),
        DriftFormat::Chat => forms::chat(drift),
    }
}

/// Writes what is there into the files.
async fn take_over(settings: &Settings, names: &[String]) -> miette::Result<Exit> {
    let (open, desired, outcome) = compared(settings).await?;
    let working = Working::new();
    let told = |text: &str| working.talk(text);
    let accepted = accept(settings, &open, desired, &outcome, names, &told).await;
    drop(working);
    open.close().await?;
    let accepted = accepted?;
    replace(&settings.schema, &accepted.updated)?;
    let path = |path: &Path| settings.schema.join(path).display().to_string();
    for file in &accepted.updated.written {
        data(&format!("{}\n", path(&file.path)))?;
    }
    for object in &accepted.objects {
        talk(&format!("Accepted: {object}"));
    }
    for removed in &accepted.updated.removed {
        talk(&format!("Nothing is left in {}: removed.", path(removed)));
    }
    for (object, why) in &accepted.left {
        talk(&format!("Not accepted: {object}: {why}"));
    }
    for thing in &outcome.unmanaged {
        talk(&format!("Not managed by this version, and not written: {}", thing.what));
    }
    if accepted.objects.is_empty() && accepted.left.is_empty() {
        talk("Nothing to do: the database equals the files.");
    }
    Ok(if accepted.left.is_empty() { Exit::Success } else { Exit::Differences })
}
