//! For a comment on a pull request.

use super::facts;
use super::view::{ChangeView, cause, groups, is_long, line_diff, needs, path, summary};
use super::{Purpose, Report};
use crate::model::Action;

/// The whole report: a headline, then a folded section an object.
#[must_use]
pub fn markdown(report: &Report<'_>) -> String {
    let mut out = String::new();
    let refused = report.hazards.iter().flatten().filter(|hazard| hazard.needs_leave).count();
    let headline = match report.purpose {
        _ if report.plan.is_empty() => "Nothing to do: the database equals the files.".to_owned(),
        Purpose::Plan => format!("**Plan:** {}.", summary(report)),
        Purpose::Drift => format!("**Drift:** {}.", summary(report)),
    };
    out.push_str(&format!("{headline}\n\n"));
    if refused > 0 {
        out.push_str(&format!("> [!CAUTION]\n> {refused} step(s) {}.\n\n", needs(report, "", "`")));
    }
    for group in groups(report) {
        for view in group.changes.iter().filter(|view| !view.is_told_elsewhere(report)) {
            section(&mut out, report, view);
        }
    }
    for remark in report.remarks {
        out.push_str(&format!("- Note: {remark}.\n"));
    }
    if !report.left_alone.is_empty() {
        out.push_str(&format!(
            "- Left alone, since the files do not name them: {}.\n",
            report.left_alone.join(", ")
        ));
    }
    for thing in report.unmanaged {
        out.push_str(&format!("- Not managed by this version: {}.\n", code(&thing.what)));
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

fn section(out: &mut String, report: &Report<'_>, view: &ChangeView<'_>) {
    let change = view.change;
    let word = match (report.purpose, change.action) {
        (Purpose::Plan, Action::Create) => "➕ create",
        (Purpose::Plan, Action::Alter) => "✏️ change",
        (Purpose::Plan, Action::Replace) => "♻️ replace",
        (Purpose::Plan, Action::Drop) => "➖ drop",
        (Purpose::Plan, Action::Rename) => "🏷️ rename",
        (Purpose::Drift, Action::Create) => "missing",
        (Purpose::Drift, Action::Alter | Action::Replace | Action::Rename) => "changed",
        (Purpose::Drift, Action::Drop) => "not declared",
    };
    let loses = view.steps.iter().any(|(_, step, _)| step.loses.is_some());
    let warning = if loses { " ⚠️ loses data" } else { "" };
    out.push_str(&format!(
        "<details><summary>{word} <code>{}</code>{warning}</summary>\n\n",
        html(&change.address.to_string())
    ));
    if let Some(place) = &view.place {
        out.push_str(&format!("Declared at {}.\n\n", code(place)));
    }
    if let Some(cause) = cause(change) {
        out.push_str(&format!("- {cause}\n"));
    }
    for difference in change.differences.iter().filter(|difference| !is_long(difference)) {
        let value =
            |text: &Option<String>| text.as_ref().map_or("nothing".to_owned(), |text| code(text));
        out.push_str(&format!(
            "- {}: {} → {}\n",
            code(&path(difference)),
            value(&difference.from),
            value(&difference.to)
        ));
    }
    for (number, _, hazards) in &view.steps {
        for fact in facts::told(report, number - 1) {
            out.push_str(&format!("- step {number} {fact}\n"));
        }
        for hazard in *hazards {
            out.push_str(&format!("- ⚠️ {}\n", hazard.message));
        }
    }
    for difference in change.differences.iter().filter(|difference| is_long(difference)) {
        let lines: Vec<String> =
            line_diff(difference).into_iter().map(|(mark, text)| format!("{mark}{text}")).collect();
        out.push_str(&format!("\n{}:\n", code(&path(difference))));
        out.push_str(&fence("diff", &lines.join("\n")));
    }
    if report.purpose == Purpose::Plan && !view.steps.is_empty() {
        let steps: Vec<String> = view
            .steps
            .iter()
            .map(|(number, step, _)| format!("-- step {number}\n{};", step.sql))
            .collect();
        out.push('\n');
        out.push_str(&fence("sql", &steps.join("\n")));
    }
    out.push_str("\n</details>\n\n");
}

/// A fence longer than any run of backticks inside.
fn fence(language: &str, text: &str) -> String {
    let ticks = "`".repeat(longest_run(text).max(2) + 1);
    format!("{ticks}{language}\n{text}\n{ticks}\n")
}

fn code(text: &str) -> String {
    let ticks = "`".repeat(longest_run(text) + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{ticks}{pad}{text}{pad}{ticks}")
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or_default()
}

/// Text where tags count.
pub fn html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
