//! For a terminal: a table, and under each check that does not hold, why.

use super::Report;
use crate::render::Style;
use crate::verify::failure::Failure;

/// The whole report.
#[must_use]
pub fn text(report: &Report, style: Style) -> String {
    let mut out = String::new();
    let names = report.verdicts.iter().map(|verdict| verdict.name.chars().count());
    let width = names.max().unwrap_or_default();
    for verdict in &report.verdicts {
        let word = if verdict.holds() { style.green("ok  ") } else { style.red("FAIL") };
        let place = verdict.declared_at.as_ref().map(|place| style.dim(&format!("  ({place})")));
        let (name, place) = (&verdict.name, place.unwrap_or_default());
        out.push_str(&format!("{word}  {name:width$}  {}{place}\n", verdict.description));
        for failure in &verdict.failures {
            show(&mut out, failure, style);
        }
    }
    if !report.verdicts.is_empty() {
        out.push('\n');
    }
    let (passed, failed) = report.counts();
    let checks = |n: usize| format!("{n} check{}", if n == 1 { "" } else { "s" });
    let summary = match (passed, failed) {
        (0, 0) => "There is no check.".to_owned(),
        (n, 0) => format!("{}; all hold.", checks(n)),
        (_, n) => {
            format!("{}; {n} do{} not hold.", checks(passed + n), if n == 1 { "es" } else { "" })
        }
    };
    out.push_str(&style.bold(&summary));
    out.push('\n');
    for remark in &report.remarks {
        out.push_str(&format!("Note: {remark}.\n"));
    }
    out
}

fn show(out: &mut String, failure: &Failure, style: Style) {
    let place = failure.place.as_ref().map(|place| format!("{place}: ")).unwrap_or_default();
    out.push_str(&format!("      {place}{}\n", style.bold(&failure.message)));
    for (mark, line) in &failure.lines {
        let line = format!("{mark} {line}");
        let line = match mark {
            '-' => style.red(&line),
            '+' => style.green(&line),
            _ => line,
        };
        out.push_str(format!("        {line}").trim_end());
        out.push('\n');
    }
}
