//! Verdicts over steps: the rules are all here. Pure: no I/O, no kind known by name.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::model::{Effect, Hazard, HazardClass, Plan, Relation, Step};

/// In bytes: less is done in a moment.
const WORTH_A_WORD: i64 = 1 << 20;

/// The hazards of each step of a plan, in the order of its steps. What is in `allowed` needs no
/// leave any more.
#[must_use]
pub fn judge(plan: &Plan, allowed: &BTreeSet<HazardClass>) -> Vec<Vec<Hazard>> {
    let new: HashSet<String> = plan
        .steps
        .iter()
        .filter(|step| step.effect == Effect::Create && step.address.relation.is_none())
        .map(|step| step.address.qualified())
        .collect();
    plan.steps
        .iter()
        .map(|step| {
            let mut hazards = of_step(step, &new, &plan.relations);
            for hazard in &mut hazards {
                hazard.needs_leave = hazard.class == HazardClass::DataLoss
                    && !step.ruled
                    && !allowed.contains(&hazard.class);
            }
            hazards
        })
        .collect()
}

/// Locks on what the plan itself makes hinder nobody.
fn of_step(
    step: &Step,
    new: &HashSet<String>,
    relations: &BTreeMap<String, Relation>,
) -> Vec<Hazard> {
    let size = |relation: &str| relations.get(relation).and_then(size).unwrap_or_default();
    let hazard = |class, message| Hazard { class, message, needs_leave: false };
    let mut hazards = Vec::new();
    if let Some(loss) = &step.loses {
        hazards.push(hazard(
            HazardClass::DataLoss,
            format!("loses {loss}{}", if step.ruled { ", as the files have it" } else { "" }),
        ));
    }
    for lock in step.locks.iter().filter(|lock| !new.contains(&lock.relation)) {
        let (relation, level) = (&lock.relation, lock.level.name());
        if step.rewrites {
            let size = size(relation);
            let message = format!("writes the whole of {relation} anew{size}, under {level}");
            hazards.push(hazard(HazardClass::Rewrite, message));
        } else if lock.level.blocks_writes() && step.scans {
            let (class, who) = if lock.level.blocks_reads() {
                (HazardClass::BlocksReads, "reads and writes")
            } else {
                (HazardClass::BlocksWrites, "writes")
            };
            // The first lock is on the relation that the step is about.
            let first = step.locks.first().map_or(relation, |first| &first.relation);
            let read = if first == relation { "it" } else { first };
            let size = size(first);
            let message = format!(
                "{who} of {relation} wait while {read} is read through{size}, under {level}"
            );
            hazards.push(hazard(class, message));
        }
    }
    hazards
}

/// How large a relation is, where that is worth a word.
fn size(relation: &Relation) -> Option<String> {
    if relation.bytes < WORTH_A_WORD {
        return None;
    }
    let mut amount = relation.bytes;
    let mut units = ["MB", "GB", "TB"].into_iter();
    let mut unit = "kB";
    amount /= 1024;
    while amount >= 10 * 1024
        && let Some(larger) = units.next()
    {
        (amount, unit) = (amount / 1024, larger);
    }
    let rows = relation.rows.map(|rows| format!("about {}, ", numbered(rows, "row")));
    Some(format!(" ({}{amount} {unit})", rows.unwrap_or_default()))
}

/// 1 row, 1,234,567 rows.
fn numbered(count: i64, what: &str) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    format!("{text} {what}{}", if count == 1 { "" } else { "s" })
}
