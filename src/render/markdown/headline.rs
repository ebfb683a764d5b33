//! What a reviewer reads first: how much changes, and the worst of it.

use super::section::leave;
use crate::model::{Hazard, HazardClass, Step};
use crate::render::Report;
use crate::render::markup::{code, prose};
use crate::render::view::{counted, equal, needing_leave, needs, summary, title};

/// How many steps that need leave are told at the top; the sections have all of them.
const TOLD: usize = 10;

/// The headline, and below it what needs leave, or what is worst; `within` counts the objects that no section is
/// about.
pub fn headline(report: &Report<'_>, within: usize) -> String {
    let against = report.base.map(|base| format!(" against {}", code(base))).unwrap_or_default();
    let title = title(report);
    if report.plan.is_empty() {
        let equal = capital(&prose(&equal(report)));
        return format!("### {title}{against}: nothing to do\n\n{equal}.\n\n");
    }
    let head = format!("### {title}{against}: {}\n\n", summary(report));
    let plan = report.plan;
    let steps = counted(plan.steps.len(), "step");
    let transactions = counted(plan.transactions().len(), "transaction");
    let fingerprint = report.fingerprint.map(|it| format!(", fingerprint {}", code(it)));
    let fingerprint = fingerprint.unwrap_or_default();
    let within = match within {
        0 => String::new(),
        1 => " One of the objects is made within its table, and has no section.".to_owned(),
        n => format!(" {n} of the objects are made within their tables, and have no section."),
    };
    format!("{head}{}{steps} in {transactions}{fingerprint}.{within}\n\n", worst(report))
}

/// A step with its number and one of its hazards.
type Found<'a> = (usize, &'a Step, &'a Hazard);

fn worst(report: &Report<'_>) -> String {
    let steps = report.plan.steps.iter().zip(report.hazards).enumerate();
    let all =
        steps.flat_map(|(n, (step, hazards))| hazards.iter().map(move |it| (n + 1, step, it)));
    let mut all: Vec<Found<'_>> = all.collect();
    // Of two that are as bad, the one over more rows.
    all.sort_by_key(|(_, step, it)| {
        (!it.needs_leave, it.class, std::cmp::Reverse(bytes(report, step)))
    });
    let Some((_, _, first)) = all.first() else { return "No hazards. ".to_owned() };
    if !first.needs_leave {
        let more = match all.len() - 1 {
            0 => String::new(),
            n => format!(" And {} below.", counted(n, "smaller hazard")),
        };
        let line = line(all[0]);
        // A rename is as the files have it, and worth a word.
        let alert = if first.class == HazardClass::Rename { "NOTE" } else { "WARNING" };
        return format!("> [!{alert}]\n> {}.{more}\n\n", capital(&line));
    }
    all.retain(|(_, _, hazard)| hazard.needs_leave);
    let steps = needing_leave(report);
    let s = if steps == 1 { "s" } else { "" };
    let mut out =
        format!("> [!CAUTION]\n> {} {}.\n>\n", counted(steps, "step"), needs(report, s, "`"));
    for found in all.iter().take(TOLD) {
        out.push_str(&format!("> - {} — {}\n", line(*found), leave(found.2)));
    }
    if all.len() > TOLD {
        out.push_str(&format!("> - and {} more\n", all.len() - TOLD));
    }
    format!("{out}\n")
}

fn line((number, step, hazard): Found<'_>) -> String {
    let object = code(&step.address.to_string());
    format!("step {number}, {} ({object}): {}", prose(&step.title), prose(&hazard.message))
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
