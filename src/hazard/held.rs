//! Who waits for what a transaction took before: a lock is held until its end.
//! <https://www.postgresql.org/docs/current/explicit-locking.html>

use std::collections::{BTreeMap, HashSet};

use crate::model::{HazardClass, Plan, Step};
use crate::sql::LockLevel;

/// Of which step, which hazard of which relation, in words: where a step goes through rows, however many, while an
/// earlier one has locked something that is large enough to be worth a word.
pub fn held(plan: &Plan, new: &HashSet<String>) -> Vec<(usize, HazardClass, String, String)> {
    let mut found = Vec::new();
    let amount =
        |relation: &str| plan.relations.get(relation).is_some_and(|it| it.amount().is_some());
    for transaction in plan.transactions() {
        let mut held: BTreeMap<&str, (usize, LockLevel)> = BTreeMap::new();
        for n in transaction.steps {
            let step = &plan.steps[n];
            // What copies in one transaction says so of all that it keeps others out of.
            let own = |relation: &str| step.locks.iter().any(|lock| lock.relation == relation);
            let long = takes_long(step, plan);
            let waits = held.iter().filter(|(relation, _)| long && !own(relation));
            found.extend(waits.map(|(relation, (since, level))| {
                let (class, who) = match level.blocks_reads() {
                    true => (HazardClass::BlocksReads, "reads and writes"),
                    false => (HazardClass::BlocksWrites, "writes"),
                };
                let what = format!("step {} has it under {}", since + 1, level.name());
                let message = format!("{who} of {relation} wait meanwhile, since {what}");
                (n, class, (*relation).to_owned(), message)
            }));
            let blocks = step.locks.iter().filter(|lock| lock.level.blocks_writes());
            for lock in blocks.filter(|it| !new.contains(&it.relation) && amount(&it.relation)) {
                let entry = held.entry(&lock.relation).or_insert((n, lock.level));
                if lock.level > entry.1 {
                    *entry = (n, lock.level);
                }
            }
        }
    }
    found
}

/// Whether it goes through rows of something large, or through whatever a query reads.
fn takes_long(step: &Step, plan: &Plan) -> bool {
    let first = step.locks.first().and_then(|lock| plan.relations.get(&lock.relation));
    match first {
        Some(relation) => (step.scans || step.rewrites) && relation.amount().is_some(),
        None => step.evaluates,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Address, Relation, Tag};
    use crate::sql::Sql;

    fn plan(steps: Vec<Step>, bytes: i64) -> Plan {
        let large = Relation { pages: bytes / 8192, bytes, ..Relation::default() };
        let relations = ["public.a", "public.b"].map(|name| (name.to_owned(), large.clone()));
        Plan { steps, relations: relations.into_iter().collect(), ..Plan::default() }
    }

    #[test]
    fn what_was_locked_before_waits_for_what_takes_long() {
        let address = Address::in_schema(Tag("table"), &"public".into(), &"a".into());
        let step = |relation: &str| {
            Step::alter(&address, "change", Sql::new("ALTER TABLE x"))
                .lock(LockLevel::AccessExclusive, relation.to_owned())
        };
        let steps = || vec![step("public.a"), step("public.b").scans()];
        let found = held(&plan(steps(), 1 << 30), &HashSet::new());
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].0, &*found[0].2), (1, "public.a"));
        assert!(held(&plan(steps(), 1 << 10), &HashSet::new()).is_empty());
        let apart = vec![step("public.a"), step("public.b").scans().alone(), step("public.a")];
        assert_eq!(held(&plan(apart, 1 << 30), &HashSet::new()).len(), 0);
    }
}
