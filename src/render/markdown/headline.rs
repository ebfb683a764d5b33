//! What a reviewer reads first: how much changes, and the worst of it.

use super::section::leave;
use crate::model::{Hazard, HazardClass, Step};
use crate::render::Report;
use crate::render::markup::{code, html_text, prose};
use crate::render::view::{counted, equal, needing_leave, needs, summary};

/// How many steps that need leave are told at the top; the sections have all of them.
const TOLD: usize = 10;

/// The headline, and below it what needs leave, or what is worst.
pub fn headline(report: &Report<'_>) -> String {
    let against = report.base.map(|base| format!(" against {}", code(base))).unwrap_or_default();
    if report.plan.is_empty() {
        let equal = capital(&prose(&equal(report)));
        return format!("### Plan{against}: nothing to do\n\n{equal}.\n\n");
    }
    let head = format!("### Plan{against}: {}\n\n", summary(report));
    let plan = report.plan;
    let steps = counted(plan.steps.len(), "step");
    let transactions = counted(plan.transactions().len(), "transaction");
    let fingerprint = report.fingerprint.map(|it| format!(", fingerprint {}", code(it)));
    let fingerprint = fingerprint.unwrap_or_default();
    format!("{head}{}{steps} in {transactions}{fingerprint}.\n\n", worst(&[(None, report)]))
}

/// The same in a line of HTML, of a plan with something to do.
pub fn head(report: &Report<'_>) -> String {
    let summary = html_text(&summary(report));
    let steps = needing_leave(report);
    if steps > 0 {
        let s = if steps == 1 { "s" } else { "" };
        let needs = html_text(&needs(&[report], s, ""));
        return format!("{summary}; <b>⛔ {} {needs}</b>", counted(steps, "step"));
    }
    match found(&[(None, report)]).first() {
        Some(worst) => format!("{summary}; {}", html_text(&worst.hazard.message)),
        None => summary,
    }
}

/// A plan, and whose it is where there are several.
pub type Of<'a> = (Option<String>, &'a Report<'a>);

/// A step of a plan with its number and one of its hazards.
struct Found<'a> {
    whose: Option<&'a str>,
    number: usize,
    step: &'a Step,
    hazard: &'a Hazard,
    bytes: i64,
}

/// All hazards, the worst first; of two that are as bad, the one over more rows.
fn found<'a>(plans: &'a [Of<'a>]) -> Vec<Found<'a>> {
    let mut all: Vec<Found<'a>> = Vec::new();
    for (whose, report) in plans {
        for (n, (step, hazards)) in report.plan.steps.iter().zip(report.hazards).enumerate() {
            let bytes = bytes(report, step);
            let (whose, number) = (whose.as_deref(), n + 1);
            all.extend(hazards.iter().map(|hazard| Found { whose, number, step, hazard, bytes }));
        }
    }
    all.sort_by_key(|it| (!it.hazard.needs_leave, it.hazard.class, std::cmp::Reverse(it.bytes)));
    all
}

/// What needs leave in the plans, or what is worst in them.
pub fn worst(plans: &[Of<'_>]) -> String {
    let mut all = found(plans);
    let Some(first) = all.first() else { return "No hazards. ".to_owned() };
    if !first.hazard.needs_leave {
        let more = match all.len() - 1 {
            0 => String::new(),
            n => format!(" And {} below.", counted(n, "smaller hazard")),
        };
        // A rename is as the files have it, and worth a word.
        let rename = first.hazard.class == HazardClass::Rename;
        let alert = if rename { "NOTE" } else { "WARNING" };
        return format!("> [!{alert}]\n> {}.{more}\n\n", capital(&line(first)));
    }
    all.retain(|it| it.hazard.needs_leave);
    let reports: Vec<&Report<'_>> = plans.iter().map(|(_, report)| *report).collect();
    let steps: usize = reports.iter().map(|report| needing_leave(report)).sum();
    let s = if steps == 1 { "s" } else { "" };
    let needs = needs(&reports, s, "`");
    let mut out = format!("> [!CAUTION]\n> {} {needs}.\n>\n", counted(steps, "step"));
    for found in all.iter().take(TOLD) {
        out.push_str(&format!("> - {} — {}\n", line(found), leave(found.hazard)));
    }
    if all.len() > TOLD {
        out.push_str(&format!("> - and {} more\n", all.len() - TOLD));
    }
    format!("{out}\n")
}

fn line(found: &Found<'_>) -> String {
    let Found { whose, number, step, hazard, .. } = found;
    let whose = whose.map(|whose| format!("{}: ", prose(whose))).unwrap_or_default();
    let object = code(&step.address.to_string());
    let (title, message) = (prose(&step.title), prose(&hazard.message));
    format!("{whose}step {number}, {title} ({object}): {message}")
}

/// How large the relation is that a step is about.
fn bytes(report: &Report<'_>, step: &Step) -> i64 {
    let relation = step.locks.first().and_then(|lock| report.plan.relations.get(&lock.relation));
    relation.map_or(0, |relation| relation.bytes)
}

fn capital(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}", characters.as_str())
}
