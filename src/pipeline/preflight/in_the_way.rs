//! Transactions of others that the plan will have to wait for.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio_postgres::Client;

use crate::execute::{Holder, holders, open_transactions};
use crate::model::Plan;
use crate::pipeline::settings::Talk;
use crate::sql::LockLevel;

/// Says who has had a lock for longer than an attempt waits that a step needs otherwise. The run waits for
/// them, and tries again; who knows of them need not begin.
pub async fn tell(plan: &Plan, client: &Client, since: Duration, talk: Talk<'_>) {
    let mut wanted: BTreeMap<&str, (LockLevel, usize)> = BTreeMap::new();
    for (n, step) in plan.steps.iter().enumerate() {
        for lock in &step.locks {
            let entry = wanted.entry(&lock.relation).or_insert((lock.level, n));
            if lock.level > entry.0 {
                *entry = (lock.level, n);
            }
        }
    }
    let relations: Vec<&str> = wanted.keys().copied().collect();
    // Without an answer the run finds out.
    let found = holders(client, &relations, since).await.unwrap_or_default();
    let mut told = Vec::new();
    for Holder { blocker, relation, level } in &found {
        let Some((wants, n)) = wanted.get(&**relation) else { continue };
        if !wants.conflicts(*level) || told.contains(&blocker) {
            continue;
        }
        told.push(blocker);
        let number = n + 1;
        talk(&format!("warning: step {number} will wait for {relation}, which {blocker} holds"));
    }
    // Whoever builds or detaches beside others waits for all who may still see what was before.
    let beside = |(_, step): &(usize, &crate::model::Step)| !step.transactional && !step.copies;
    let Some((n, _)) = plan.steps.iter().enumerate().find(beside) else { return };
    for blocker in open_transactions(client, since).await.unwrap_or_default() {
        if !told.contains(&&blocker) {
            talk(&format!(
                "warning: step {} will wait until the transaction of {blocker} ends",
                n + 1
            ));
        }
    }
}
