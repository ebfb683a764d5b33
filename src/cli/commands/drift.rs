//! `drift`: in what the database is not as the files say.

use super::compared;
use crate::catalog::let_go;
use crate::cli::Exit;
use crate::cli::arguments::{Common, DriftArguments, DriftFormat};
use crate::cli::configuration::configure;
use crate::cli::output::{data, style, with_report};
use crate::cli::targets;
use crate::render::{self, Purpose};

pub async fn run(common: &Common, arguments: &DriftArguments) -> miette::Result<Exit> {
    let mut configured = configure(common)?;
    if let Some(fleet) = targets::fleet(&mut configured, &arguments.targeting).await? {
        return targets::drift(fleet, arguments).await;
    }
    let settings = &configured.settings;
    let (open, desired, outcome) = compared(settings).await?;
    open.close().await?;
    let text =
        with_report(
            &desired.declared,
            &outcome,
            &[],
            Purpose::Drift,
            None,
            |report| match arguments.format {
                DriftFormat::Text => render::text(report, style()),
                DriftFormat::Markdown => render::markdown(report),
                DriftFormat::Json => render::json(report),
            },
        );
    data(&text)?;
    let_go(desired);
    let beyond = arguments.strict && !outcome.unmanaged.is_empty();
    Ok(if outcome.plan.is_empty() && !beyond { Exit::Success } else { Exit::Differences })
}
