//! Verdicts over steps: the rules are all here. Pure: no I/O, no kind known by name.

use std::collections::{BTreeSet, HashSet};

use crate::model::{Effect, Hazard, HazardClass, Plan, Step};

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
            let mut hazards = of_step(step, &new);
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
fn of_step(step: &Step, new: &HashSet<String>) -> Vec<Hazard> {
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
            let message = format!("writes the whole of {relation} anew, under {level}");
            hazards.push(hazard(HazardClass::Rewrite, message));
        } else if lock.level.blocks_writes() && step.scans {
            let (class, who) = if lock.level.blocks_reads() {
                (HazardClass::BlocksReads, "reads and writes")
            } else {
                (HazardClass::BlocksWrites, "writes")
            };
            // The first lock is on the relation that the step is about.
            let read = match step.locks.first() {
                Some(first) if first.relation != *relation => first.relation.as_str(),
                _ => "it",
            };
            let message =
                format!("{who} of {relation} wait while {read} is read through, under {level}");
            hazards.push(hazard(class, message));
        }
    }
    hazards
}
