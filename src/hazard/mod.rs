//! Verdicts over steps: the rules are all here. Pure: no I/O, no kind known by name.

mod held;
mod policy;

pub use policy::{Policy, Rule, Verdict};

use std::collections::{BTreeMap, HashSet};

use crate::model::{Action, Effect, Hazard, HazardClass, Lock, Plan, Relation, Step};

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
    for (n, class, relation, message) in held::held(plan, &new) {
        hazards[n].extend(hazard(class, &relation, message, &plan.relations, policy));
    }
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
        let step = plan.ends(&change.address);
        let loses = || step.is_some_and(|n| plan.steps[n].loses.is_some());
        let ends = match change.action {
            Action::Drop => true,
            Action::Replace => loses(),
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
        Some((step.unwrap_or(0), hazard))
    });
    found.collect()
}

/// What the policy makes of a hazard; none, if it is not worth a word.
fn hazard(
    class: HazardClass,
    relation: &str,
    message: String,
    relations: &BTreeMap<String, Relation>,
    policy: &Policy,
) -> Option<Hazard> {
    let bytes = relations.get(relation).map(|relation| relation.bytes);
    let (verdict, place) = policy.verdict(class, relation, bytes);
    if verdict == Verdict::Allow && class != HazardClass::DataLoss {
        return None;
    }
    let needs_leave = verdict == Verdict::Refuse;
    let refused_by = place.filter(|_| needs_leave).map(str::to_owned);
    Some(Hazard { class, message, needs_leave, refused_by })
}

/// Locks on what the plan itself makes hinder nobody.
fn of_step(
    step: &Step,
    new: &HashSet<String>,
    relations: &BTreeMap<String, Relation>,
    policy: &Policy,
) -> Vec<Hazard> {
    let size =
        |relation: &str| relations.get(relation).and_then(Relation::amount).unwrap_or_default();
    let mut hazards = Vec::new();
    let mut add = |class, relation: &str, message| {
        let mut found = hazard(class, relation, message, relations, policy);
        // The files themselves may say that data are to go.
        if let Some(loss) =
            found.as_mut().filter(|it| it.class == HazardClass::DataLoss && step.ruled)
        {
            (loss.needs_leave, loss.refused_by) = (false, None);
        }
        hazards.extend(found);
    };
    if let Some(loss) = &step.loses {
        let relation = step.locks.first().map(|lock| lock.relation.clone());
        let relation = relation.unwrap_or_else(|| step.address.qualified());
        let size = if step.of_every_row { size(&relation) } else { String::new() };
        let ruled = if step.ruled { ", as the files have it" } else { "" };
        add(HazardClass::DataLoss, &relation, format!("loses {loss}{size}{ruled}"));
    }
    if let Some(lock) = step.locks.first().filter(|_| step.copies) {
        let (relation, size) = (&lock.relation, size(&lock.relation));
        add(HazardClass::Copy, relation, format!("copies every row of {relation}{size}"));
    }
    let taken = |lock: &&Lock| step.copies || !new.contains(&lock.relation);
    for lock in step.locks.iter().filter(taken) {
        let (relation, level) = (&lock.relation, lock.level.name());
        // The first lock is on the relation that the step is about.
        let first = step.locks.first().map_or(relation, |first| &first.relation);
        let size = size(first);
        let is_rewritten = step.rewrites && first == relation;
        if is_rewritten {
            let message = format!("writes the whole of {relation} anew{size}, under {level}");
            add(HazardClass::Rewrite, relation, message);
        }
        if !lock.level.blocks_writes() || !(step.scans || step.rewrites) {
            continue;
        }
        let (classes, who) = if lock.level.blocks_reads() {
            (&[HazardClass::BlocksReads, HazardClass::BlocksWrites][..], "reads and writes")
        } else {
            (&[HazardClass::BlocksWrites][..], "writes")
        };
        let what = if first == relation { "it" } else { first };
        let how = if step.rewrites { "written anew" } else { "read through" };
        let message =
            format!("{who} of {relation} wait while {what} is {how}{size}, under {level}");
        let bytes = relations.get(relation).map(|relation| relation.bytes);
        for (n, class) in classes.iter().enumerate() {
            // The first word says it all, unless another class has something against it.
            let said = is_rewritten || n > 0;
            if !said || policy.verdict(*class, relation, bytes).0 == Verdict::Refuse {
                add(*class, relation, message.clone());
            }
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
