//! Verdicts over steps: the rules are all here. Pure: no I/O, no kind known by name.

mod policy;

pub use policy::{Policy, Rule, Verdict};

use std::collections::{BTreeMap, HashSet};

use crate::model::{Action, Effect, Hazard, HazardClass, Plan, Relation, Step};

/// In bytes: less is done in a moment.
const WORTH_A_WORD: i64 = 1 << 20;

/// The hazards of each step of a plan, in the order of its steps, as `policy` has them.
#[must_use]
pub fn judge(plan: &Plan, policy: &Policy) -> Vec<Vec<Hazard>> {
    let new: HashSet<String> = plan
        .steps
        .iter()
        .filter(|step| step.effect == Effect::Create && step.address.relation.is_none())
        .map(|step| step.address.qualified())
        .collect();
    let of_step = |step| of_step(step, &new, &plan.relations, policy);
    let mut hazards: Vec<Vec<Hazard>> = plan.steps.iter().map(of_step).collect();
    for (n, hazard) in protected(plan, policy) {
        if let Some(hazards) = hazards.get_mut(n) {
            hazards.insert(0, hazard);
        }
    }
    hazards
}

/// Drops of what no plan may drop, with the numbers of their steps. What is made anew without losing
/// anything is not dropped.
fn protected(plan: &Plan, policy: &Policy) -> Vec<(usize, Hazard)> {
    let dropped = plan.changes.values().filter(|change| change.address.relation.is_none());
    let found = dropped.filter_map(|change| {
        let own = |step: &&Step| step.address == change.address && step.effect == Effect::Drop;
        let ends = match change.action {
            Action::Drop => true,
            Action::Replace => plan.steps.iter().any(|step| own(&step) && step.loses.is_some()),
            Action::Create | Action::Alter | Action::Rename => false,
        };
        let name = match &change.address.schema {
            Some(schema) => format!("{schema}.{}", &*change.address.name),
            None => format!("{}.*", &*change.address.name),
        };
        let place = policy.protects(&name).filter(|_| ends)?;
        let hazard = Hazard {
            class: HazardClass::Protected,
            message: format!("ends {}, which is protected", change.address),
            needs_leave: true,
            refused_by: Some(place.to_owned()),
        };
        // What goes with something else has no step of its own.
        Some((plan.steps.iter().position(|step| own(&step)).unwrap_or(0), hazard))
    });
    found.collect()
}

/// Locks on what the plan itself makes hinder nobody.
fn of_step(
    step: &Step,
    new: &HashSet<String>,
    relations: &BTreeMap<String, Relation>,
    policy: &Policy,
) -> Vec<Hazard> {
    let size = |relation: &str| relations.get(relation).and_then(size).unwrap_or_default();
    let mut hazards = Vec::new();
    let mut add = |class, relation: &str, message| {
        let bytes = relations.get(relation).map(|relation| relation.bytes);
        let (verdict, place) = policy.verdict(class, relation, bytes);
        if verdict == Verdict::Allow && class != HazardClass::DataLoss {
            return;
        }
        // The files themselves may say that data are to go.
        let needs_leave =
            verdict == Verdict::Refuse && !(class == HazardClass::DataLoss && step.ruled);
        let refused_by = place.filter(|_| needs_leave).map(str::to_owned);
        hazards.push(Hazard { class, message, needs_leave, refused_by });
    };
    if let Some(loss) = &step.loses {
        let relation = step.locks.first().map(|lock| lock.relation.clone());
        add(
            HazardClass::DataLoss,
            &relation.unwrap_or_else(|| step.address.qualified()),
            format!("loses {loss}{}", if step.ruled { ", as the files have it" } else { "" }),
        );
    }
    for lock in step.locks.iter().filter(|lock| !new.contains(&lock.relation)) {
        let (relation, level) = (&lock.relation, lock.level.name());
        if step.rewrites {
            let size = size(relation);
            let message = format!("writes the whole of {relation} anew{size}, under {level}");
            add(HazardClass::Rewrite, relation, message);
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
            add(class, relation, message);
        }
    }
    if let Some(old) = &step.renames {
        let wait = step.locks.first().map(|lock| {
            let level = lock.level.name();
            format!("; for a moment reads and writes wait, under {level}")
        });
        hazards.push(Hazard {
            class: HazardClass::Rename,
            message: format!(
                "whoever still says {old} fails from then on{}",
                wait.unwrap_or_default()
            ),
            needs_leave: false,
            refused_by: None,
        });
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
