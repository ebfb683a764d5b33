//! Standard output is data, standard error is talk.

use std::io::{IsTerminal, Write};
use std::os::fd::AsFd;
use std::process::ExitCode;
use std::time::Duration;

use miette::{GraphicalReportHandler, GraphicalTheme};

use super::terminal::{self, Loudness};
use crate::desired::Declared;
use crate::diagnostic::Located;
use crate::execute::Patience;
use crate::model::{Hazard, Part};
use crate::pipeline::{Outcome, fingerprint};
use crate::render::{Limits, Report, Style, wrapped};

/// Writes data. A reader that has gone away, as `head` does, is no failure.
pub fn data(text: &str) -> miette::Result<()> {
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(miette::miette!("standard output cannot be written: {error}"))
        }
        _ => Ok(()),
    }
}

/// A text for people, as wide as the terminal that it is for; as it is where there is none.
pub fn shown(text: &str) -> String {
    fitted(text, std::io::stdout())
}

fn fitted(text: &str, stream: impl AsFd) -> String {
    match terminal_size::terminal_size_of(stream) {
        Some((width, _)) => wrapped(text, usize::from(width.0)),
        None => text.to_owned(),
    }
}

/// Writes a line of talk, unless nobody wants any.
pub fn talk(text: &str) {
    if terminal::says(Loudness::Usual) {
        insist(text);
    }
}

/// Writes a line of talk that few want.
pub fn detail(text: &str) {
    if terminal::says(Loudness::Verbose) {
        insist(text);
    }
}

/// Writes a line of talk that has to be read: why something was not done.
pub fn insist(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{}", fitted(text, std::io::stderr()));
}

/// Shows an error.
pub fn failure(error: &miette::Report) -> ExitCode {
    // Its lines are as wide as the terminal already.
    let _ = writeln!(std::io::stderr().lock(), "{}", format!("{error:?}").trim_end());
    ExitCode::FAILURE
}

/// Diagnostics as data, as errors are shown otherwise.
pub fn diagnostics(all: &[Located]) -> miette::Result<String> {
    let theme =
        if style().colour { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let handler = GraphicalReportHandler::new_themed(theme).with_links(false).with_context_lines(1);
    let handler = match terminal_size::terminal_size_of(std::io::stdout()) {
        Some((width, _)) => handler.with_width(usize::from(width.0)),
        None => handler.with_wrap_lines(false),
    };
    let mut text = String::new();
    for one in all {
        let shown = handler.render_report(&mut text, one);
        shown.map_err(|_| miette::miette!("a finding cannot be shown"))?;
        text.push('\n');
    }
    let lines = text.lines().map(|line| format!("{}\n", line.trim_end()));
    Ok(lines.collect())
}

/// Errors in full width where there is no terminal: a log wraps by itself.
pub fn set_up_errors() {
    let _ = miette::set_hook(Box::new(|_| {
        let options = miette::MietteHandlerOpts::new().terminal_links(false).context_lines(2);
        let is_terminal = std::io::stderr().is_terminal();
        let options = options.color(terminal::colour(is_terminal));
        let options = if is_terminal { options } else { options.wrap_lines(false).unicode(true) };
        Box::new(options.build())
    }));
}

/// Of what goes to standard output.
pub fn style() -> Style {
    Style { colour: terminal::colour(std::io::stdout().is_terminal()) }
}

/// How long a run may wait and work that is as patient as that.
pub fn limits(patience: &Patience) -> Limits {
    let milliseconds = |span: Duration| u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
    Limits {
        lock: milliseconds(patience.of_step(true)),
        lock_outside: milliseconds(patience.of_step(false)),
        statement: patience.statement_timeout.map(milliseconds),
    }
}

/// Calls `show` with what a comparison found.
pub fn with_report<T>(
    declared: &Declared,
    outcome: &Outcome,
    hazards: &[Vec<Hazard>],
    limits: Option<Limits>,
    show: impl FnOnce(&Report<'_>) -> T,
) -> T {
    let place =
        |part: &Part| declared.places.find(part).map(|place| declared.sources.describe(place));
    let fingerprint = fingerprint(outcome);
    let report = report_of(outcome, hazards, limits, &place);
    show(&Report { fingerprint: fingerprint.as_deref(), ..report })
}

/// What a comparison found, to be shown, without the name of the plan.
pub fn report_of<'a>(
    outcome: &'a Outcome,
    hazards: &'a [Vec<Hazard>],
    limits: Option<Limits>,
    place: &'a dyn Fn(&Part) -> Option<String>,
) -> Report<'a> {
    Report {
        plan: &outcome.plan,
        hazards,
        place,
        remarks: &outcome.remarks,
        unmanaged: &outcome.unmanaged,
        left_alone: &outcome.left_alone,
        limits,
        fingerprint: None,
        base: outcome.base.as_deref(),
        back: false,
    }
}
