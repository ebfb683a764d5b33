//! `drift` over all targets.

use std::time::Instant;

use super::fleet::Fleet;
use super::look::{Looked, look};
use super::show::{About, one_only, with_targets};
use crate::cli::Exit;
use crate::cli::arguments::{DriftArguments, DriftFormat};
use crate::cli::commands::drift::ended;
use crate::cli::files::write;
use crate::cli::output::{data, style};
use crate::hazard::Policy;
use crate::render::drift::{self as forms, Drift, Measured, Run};
use crate::render::{Style, Targets, indented, targets_json, targets_markdown, targets_text};

/// Tells of every target in what it is not as the files say.
///
/// # Errors
/// What is wrong with the files; reports that cannot be written.
pub async fn drift(
    fleet: Fleet,
    arguments: &DriftArguments,
    begun: Instant,
) -> miette::Result<Exit> {
    if arguments.accept.is_some() {
        return Err(one_only("--accept").into());
    }
    let looked = look(&fleet, &Policy::default()).await;
    let run = ended(begun);
    let told = Told { fleet: &fleet, run, strict: arguments.strict };
    for report in &arguments.report {
        let text = match (report.format, &looked) {
            (format, Ok(looked)) => told.printed(looked, format, Style { colour: false }),
            (DriftFormat::Prometheus, Err(_)) => told.unknown(),
            // What is in the file is from an earlier run, and its date says so.
            (_, Err(_)) => continue,
        };
        write(&report.file, &text, "pgconverge::drift::unwritable")?;
    }
    if let (DriftFormat::Prometheus, Err(_)) = (arguments.format, &looked) {
        data(&told.unknown())?;
    }
    let looked = looked?;
    data(&told.printed(&looked, arguments.format, style()))?;
    looked.tell_failures(&fleet);
    let beyond = |n| looked.found(n).is_some_and(|(_, it)| !it.outcome.unmanaged.is_empty());
    let beyond = arguments.strict && (0..fleet.members.len()).any(beyond);
    Ok(match () {
        () if looked.has_failures() || looked.has_wrong() => Exit::Failure,
        () if looked.differ() || beyond => Exit::Differences,
        () => Exit::Success,
    })
}

/// Writes what there is to measure of a run that did not find out which targets there are.
///
/// # Errors
/// A report that cannot be written.
pub fn named_none(arguments: &DriftArguments, begun: Instant) -> miette::Result<()> {
    let nothing = Measured { database: "", target: None, drift: None };
    let text = || forms::prometheus_of(&[nothing], ended(begun));
    let reports = arguments.report.iter();
    for report in reports.filter(|report| report.format == DriftFormat::Prometheus) {
        write(&report.file, &text(), "pgconverge::drift::unwritable")?;
    }
    if arguments.format == DriftFormat::Prometheus {
        data(&text())?;
    }
    Ok(())
}

struct Told<'a> {
    fleet: &'a Fleet,
    run: Run,
    strict: bool,
}

impl Told<'_> {
    fn printed(&self, looked: &Looked, format: DriftFormat, style: Style) -> String {
        let about = About::Drift { strict: self.strict };
        let first = self.fleet.members.first();
        let files = first.map(|it| it.settings.schema.display().to_string()).unwrap_or_default();
        with_targets(self.fleet, looked, None, about, None, |targets| match format {
            DriftFormat::Text => targets_text(targets, style),
            DriftFormat::Markdown => targets_markdown(targets),
            DriftFormat::Json => indented(&targets_json(targets)),
            DriftFormat::Junit => forms::junit_of(&targets.drift(&files)),
            DriftFormat::Sarif => forms::sarif_of(&targets.drift(&files)),
            DriftFormat::Chat => forms::chat_of(&targets.drift(&files)),
            DriftFormat::Prometheus => self.measured(looked, targets),
        })
    }

    fn measured(&self, looked: &Looked, targets: &Targets<'_>) -> String {
        let drift = |n: usize| {
            let stand = looked.stands.get(n)?.as_ref().ok()?;
            let whole = stand.wrong.is_empty();
            targets.groups.get(stand.group)?.drift.as_ref().filter(|_| whole)
        };
        self.metrics(drift)
    }

    /// Nothing could be found out of any.
    fn unknown(&self) -> String {
        self.metrics(|_| None)
    }

    fn metrics<'d>(&self, drift: impl Fn(usize) -> Option<&'d Drift>) -> String {
        let members = self.fleet.members.iter().enumerate();
        let measured: Vec<Measured<'_>> = members
            .map(|(n, member)| Measured {
                database: member.settings.target.as_ref().map_or("", |target| target.database()),
                target: Some(&member.name),
                drift: drift(n),
            })
            .collect();
        forms::prometheus_of(&measured, self.run)
    }
}
