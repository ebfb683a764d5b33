//! A step that runs outside a transaction, held up until its locks have been looked at: it waits for
//! transactions that are open, and these are ours.
//!
//! Used by `#[path = "support/held_up.rs"] mod held_up;`.

#![allow(clippy::unwrap_used, reason = "a panic is how a failure is told")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use pgconverge::model::Step;
use pgconverge::sql::LockLevel;
use tokio::task::JoinHandle;
use tokio_postgres::Client;

use crate::lab::Lab;
use crate::measure::level;

type Locks = BTreeMap<u32, BTreeSet<LockLevel>>;

/// Somebody who writes to what the step locks weakly, and somebody who reads what it locks alone.
pub struct HeldUp {
    done: Arc<AtomicBool>,
    seen: JoinHandle<Locks>,
}

impl HeldUp {
    pub async fn new(lab: &Lab, database: &str, pid: i32, step: &Step) -> Self {
        // It waits for writers first, then for those who have what it wants alone, then for the rest.
        let groups = [
            ((false, false), "ROW EXCLUSIVE"),
            ((true, true), "ACCESS SHARE"),
            ((false, true), "ROW EXCLUSIVE"),
        ];
        let blocks = |level: LockLevel| (level.blocks_reads(), level.blocks_writes());
        let mut holders = Vec::new();
        for (group, mode) in groups {
            let held = step.locks.iter().filter(|lock| blocks(lock.level) == group);
            let held: Vec<&str> = held.map(|lock| &*lock.relation).collect();
            if held.is_empty() {
                continue;
            }
            let holder = lab.connect(database).await;
            holder.client.batch_execute("BEGIN").await.unwrap();
            for relation in held {
                let lock = format!("LOCK TABLE ONLY {relation} IN {mode} MODE");
                holder.client.batch_execute(&lock).await.unwrap();
            }
            holders.push((holder, group.1));
        }
        let observer = lab.connect("postgres").await;
        let done = Arc::new(AtomicBool::new(false));
        let over = Arc::clone(&done);
        let seen = tokio::spawn(async move {
            let mut seen = Locks::new();
            for (holder, alone) in holders {
                while !over.load(Ordering::Relaxed)
                    && !waits(&observer.client, pid, alone, &mut seen).await
                {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
                holder.client.batch_execute("COMMIT").await.unwrap();
                holder.close().await.unwrap();
            }
            observer.close().await.unwrap();
            seen
        });
        Self { done, seen }
    }

    /// The locks that it had, and those that it waited for.
    pub async fn locks(self) -> Locks {
        self.done.store(true, Ordering::Relaxed);
        self.seen.await.unwrap()
    }
}

/// Whether a session waits for one of ours: for who has a relation `alone`, or for a transaction to end.
async fn waits(observer: &Client, pid: i32, alone: bool, seen: &mut Locks) -> bool {
    let ask = "SELECT relation, mode, granted FROM pg_locks WHERE pid = $1";
    let rows = observer.query(ask, &[&pid]).await.unwrap();
    let waits = rows
        .iter()
        .any(|row| !row.get::<_, bool>(2) && (!alone || row.get::<_, Option<u32>>(0).is_some()));
    if waits {
        for row in rows {
            if let Some(relation) = row.get::<_, Option<u32>>(0) {
                seen.entry(relation).or_default().insert(level(row.get(1)));
            }
        }
    }
    waits
}
