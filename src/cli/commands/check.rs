//! `check`: are the files right, as far as PostgreSQL and the lint rules can tell without the
//! database?

use crate::cli::Exit;
use crate::cli::arguments::{CheckArguments, CheckFormat, Common};
use crate::cli::configuration::configure;
use crate::cli::output::{data, diagnostics, talk};
use crate::lint::{self, Severity};
use crate::pipeline::{linted, load};
use crate::server::embedded;

pub async fn run(common: &Common, arguments: &CheckArguments) -> miette::Result<Exit> {
    let configured = configure(common)?;
    let settings = &configured.settings;
    let declared = load(settings).await?;
    let major = embedded::binaries(None, &settings.embedded, &talk).await?.major();
    let (desired, findings) = linted(settings, declared, major, &configured.levels, &talk).await?;
    let sources = &desired.declared.sources;
    match arguments.format {
        CheckFormat::Json => data(&lint::json(&findings, sources))?,
        CheckFormat::Text => {
            data(&diagnostics(&lint::reports(&findings, sources))?)?;
            let objects = desired.canonical.objects.len();
            let summary = lint::summary(&findings);
            data(&format!("{objects} objects, on PostgreSQL {major}: {summary}.\n"))?;
        }
    }
    let grave = findings.iter().any(|finding| finding.severity >= Severity::Warning);
    Ok(if grave { Exit::Differences } else { Exit::Success })
}
