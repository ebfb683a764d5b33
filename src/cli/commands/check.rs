//! `check`: are the files right, as far as PostgreSQL and the lint rules can tell without the
//! database?

use miette::Diagnostic;

use crate::cli::Exit;
use crate::cli::annotations::annotations;
use crate::cli::arguments::{CheckArguments, CheckFormat, Common};
use crate::cli::configuration::{Configured, configure};
use crate::cli::files::save;
use crate::cli::output::{data, diagnostics, shown};
use crate::cli::progress::Working;
use crate::cli::targets::{One, one};
use crate::lint::{self, Finding, Severity};
use crate::pipeline::{DesiredState, Settings, Talk, linted, load, mended, open, shadow_major};

pub async fn run(common: &Common, arguments: &CheckArguments) -> miette::Result<Exit> {
    let result = check(common, arguments).await;
    if let (Err(error), CheckFormat::Github) = (&result, arguments.format) {
        let error: &dyn Diagnostic = &**error;
        data(&annotations([error]))?;
    }
    result
}

async fn check(common: &Common, arguments: &CheckArguments) -> miette::Result<Exit> {
    let mut configured = configure(common)?;
    if arguments.sizes {
        let name = arguments.target.as_deref();
        one(&mut configured, name, ("check --sizes", One::Database)).await?;
    }
    let settings = &configured.settings;
    let working = Working::new();
    let talk = |text: &str| working.talk(text);
    let major = shadow_major(settings, &talk).await?;
    let (desired, mut findings) = match arguments.fix {
        true => fixed(&configured, major, &talk).await?,
        false => linted(settings, load(settings).await?, major, &configured.levels, &talk).await?,
    };
    if arguments.sizes {
        add_sizes(settings, &mut findings, &talk).await?;
    }
    drop(working);
    let sources = &desired.declared.sources;
    match arguments.format {
        CheckFormat::Markdown => data(&lint::markdown(&findings, sources))?,
        CheckFormat::Json => data(&lint::json(&findings, sources))?,
        CheckFormat::Junit => data(&lint::junit(&findings, sources))?,
        CheckFormat::Sarif => data(&lint::sarif(&findings, sources))?,
        CheckFormat::Github => {
            let reports = lint::reports(&findings, sources);
            data(&annotations(reports.iter().map(|report| report as &dyn Diagnostic)))?;
        }
        CheckFormat::Text => {
            data(&diagnostics(&lint::reports(&findings, sources))?)?;
            let objects = desired.canonical.objects.len();
            let summary = lint::summary(&findings);
            data(&shown(&format!("{objects} objects, on PostgreSQL {major}: {summary}.\n")))?;
        }
    }
    let grave = findings.iter().any(|finding| finding.severity >= Severity::Warning);
    Ok(if grave { Exit::Differences } else { Exit::Success })
}

/// Mends the files, says what it did, and goes on with what is left.
async fn fixed(
    configured: &Configured,
    major: u32,
    talk: Talk<'_>,
) -> miette::Result<(DesiredState, Vec<Finding>)> {
    let settings = &configured.settings;
    let mended = mended(settings, major, &configured.levels, talk).await?;
    for file in &mended.written {
        save(&settings.schema, file)?;
    }
    mended.removed.iter().for_each(|line| talk(line));
    Ok((mended.state, mended.findings))
}

async fn add_sizes(
    settings: &Settings,
    findings: &mut [Finding],
    talk: Talk<'_>,
) -> miette::Result<()> {
    let open = open(settings, talk).await?;
    let added = lint::add_sizes(findings, &open.connection.client).await;
    open.close().await?;
    Ok(added?)
}
