//! For a terminal.

use super::Report;
use super::facts;
use super::style::Style;
use super::view::{
    ChangeView, cause, column_place, counted, equal, groups, is_long, line_diff, needing_leave,
    needs, path, summary,
};
use crate::model::{Action, Difference, Step};

/// The whole report.
#[must_use]
pub fn text(report: &Report<'_>, style: Style) -> String {
    let mut out = String::new();
    for group in groups(report) {
        for view in group.changes.iter().filter(|view| !view.is_told_elsewhere()) {
            change(&mut out, report, view, style);
        }
        out.push('\n');
    }
    conclusion(&mut out, report, style);
    for remark in report.remarks {
        line(&mut out, 0, &format!("Note: {remark}."));
    }
    if !report.left_alone.is_empty() {
        let schemas = report.left_alone.join(", ");
        line(&mut out, 0, &format!("Left alone, since the files do not name them: {schemas}."));
    }
    if !report.unmanaged.is_empty() {
        line(&mut out, 0, "Not managed by this version, and left as it is:");
        for thing in report.unmanaged {
            line(&mut out, 2, &thing.what);
        }
    }
    out
}

fn conclusion(out: &mut String, report: &Report<'_>, style: Style) {
    let plan = report.plan;
    if plan.is_empty() {
        return line(out, 0, &format!("Nothing to do: {}.", equal(report)));
    }
    let steps = plan.steps.len();
    let transactions = plan.transactions().len();
    let head = format!(
        "Plan: {}; {} in {}.",
        summary(report),
        counted(steps, "step"),
        counted(transactions, "transaction")
    );
    line(out, 0, &style.bold(&head));
    if let Some(fingerprint) = report.fingerprint {
        line(out, 0, &format!("Fingerprint of the plan: {fingerprint}"));
    }
    let refused = needing_leave(report);
    if refused > 0 {
        let s = if refused == 1 { "s" } else { "" };
        let head = format!("{} {}", counted(refused, "step"), needs(&[report], s, ""));
        line(out, 0, &style.red(&head));
    }
}

fn change(out: &mut String, report: &Report<'_>, view: &ChangeView<'_>, style: Style) {
    let change = view.change;
    let (sign, word) = mark(change.action, style);
    let place = view.place.as_ref().map(|place| style.dim(&format!("  ({place})")));
    let head = style.bold(&format!("{word} {}", change.address));
    line(out, 0, &format!("{sign} {head}{}", place.unwrap_or_default()));
    if let Some(cause) = cause(change) {
        line(out, 4, &cause);
    }
    for difference in &change.differences {
        let place = column_place(report, view, difference);
        let place = place.map(|place| style.dim(&format!("  ({place})"))).unwrap_or_default();
        show_difference(out, difference, style, &place);
    }
    if view.steps.is_empty() {
        line(out, 4, &style.dim("goes with what it belongs to"));
    }
    for (number, step, hazards) in &view.steps {
        show_step(out, *number, step, style);
        for fact in facts::told(report, number - 1) {
            line(out, 8, &style.dim(&fact));
        }
        for hazard in *hazards {
            let mark = if hazard.needs_leave { "!!" } else { "!" };
            let by = hazard.refused_by.as_ref().map(|place| format!(" ({place})"));
            let text = format!("{mark} {}{}", hazard.message, by.unwrap_or_default());
            let text = if hazard.needs_leave { style.red(&text) } else { style.yellow(&text) };
            line(out, 8, &text);
        }
    }
}

/// The sign and the word for an action.
pub fn mark(action: Action, style: Style) -> (String, &'static str) {
    match action {
        Action::Create => (style.green("+"), "create"),
        Action::Alter => (style.yellow("~"), "change"),
        Action::Replace => (style.yellow("±"), "replace"),
        Action::Drop => (style.red("-"), "drop"),
        Action::Rename => (style.yellow("→"), "rename"),
    }
}

/// What becomes of the live value.
pub fn show_difference(out: &mut String, difference: &Difference, style: Style, place: &str) {
    let path = path(difference);
    if is_long(difference) {
        line(out, 4, &format!("{path}:{place}"));
        for (mark, text) in line_diff(difference) {
            let text = format!("{mark} {text}");
            let text = match mark {
                '-' => style.red(&text),
                '+' => style.green(&text),
                _ => style.dim(&text),
            };
            line(out, 6, text.trim_end());
        }
        return;
    }
    let shown = match (&difference.from, &difference.to) {
        (Some(from), Some(to)) => format!("{path}: {from} → {to}"),
        (None, Some(to)) => format!("{path}: + {to}"),
        (Some(from), None) => format!("{path}: - {from}"),
        (None, None) => path,
    };
    line(out, 4, &format!("{shown}{place}"));
}

pub fn show_step(out: &mut String, number: usize, step: &Step, style: Style) {
    let sql = format!("{};", step.sql);
    for (n, text) in sql.lines().enumerate() {
        let head = if n == 0 { format!("{number:>3}") } else { "   ".to_owned() };
        line(out, 2, format!("{} {text}", style.dim(&head)).trim_end());
    }
}

pub fn line(out: &mut String, indent: usize, text: &str) {
    out.extend(std::iter::repeat_n(' ', indent));
    out.push_str(text);
    out.push('\n');
}
