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
use pgconverge::server::connect::Connection;
use pgconverge::sql::LockLevel;
use tokio::task::JoinHandle;
use tokio_postgres::Client;

use crate::lab::Lab;
use crate::measure::level;

type Locks = BTreeMap<u32, BTreeSet<LockLevel>>;

/// Those who write to what the step locks weakly, and who read what it locks alone.
pub struct HeldUp {
    done: Arc<AtomicBool>,
    seen: JoinHandle<Locks>,
}

/// Somebody who has locks in an open transaction.
struct Holder {
    lock: String,
    session: Connection,
    pid: i32,
    /// Who takes the same locks before that one lets go: whoever has waited for its transaction, as for all that
    /// were open, may want the relation alone later.
    next: Option<Connection>,
}

impl Holder {
    async fn new(lab: &Lab, database: &str, lock: String, alone: bool) -> Self {
        let session = lab.connect(database).await;
        let next = if alone { Some(lab.connect(database).await) } else { None };
        let pid = hold(&session, &lock).await;
        Self { lock, session, pid, next }
    }

    async fn let_go(self) {
        self.session.client.batch_execute("COMMIT").await.unwrap();
        self.session.close().await.unwrap();
        if let Some(next) = self.next {
            next.close().await.unwrap();
        }
    }

    /// The same locks, in a transaction that is younger.
    async fn handed_on(mut self) -> Option<Self> {
        let lock = self.lock.clone();
        let session = self.next.take();
        let next = match session {
            Some(session) => {
                let pid = hold(&session, &lock).await;
                Some(Self { lock, session, pid, next: None })
            }
            None => None,
        };
        self.let_go().await;
        next
    }
}

async fn hold(session: &Connection, lock: &str) -> i32 {
    session.client.batch_execute(&format!("BEGIN; {lock}")).await.unwrap();
    session.client.query_one("SELECT pg_backend_pid()", &[]).await.unwrap().get(0)
}

impl HeldUp {
    pub async fn new(lab: &Lab, database: &str, pid: i32, step: &Step) -> Self {
        let mut holders = Vec::new();
        for lock in &step.locks {
            let alone = lock.level.blocks_reads();
            let mode = if alone { "ACCESS SHARE" } else { "ROW EXCLUSIVE" };
            let lock = format!("LOCK TABLE ONLY {} IN {mode} MODE", lock.relation);
            holders.push(Holder::new(lab, database, lock, alone).await);
        }
        let observer = lab.connect("postgres").await;
        let done = Arc::new(AtomicBool::new(false));
        let over = Arc::clone(&done);
        let seen = tokio::spawn(async move {
            let mut seen = Locks::new();
            while !holders.is_empty() && !over.load(Ordering::Relaxed) {
                let Some(wait) = wait(&observer.client, pid, &mut seen).await else {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                    continue;
                };
                let waited_for: Vec<Holder> =
                    holders.extract_if(.., |holder| wait.holders.contains(&holder.pid)).collect();
                for holder in waited_for {
                    match wait.of_relation {
                        true => holder.let_go().await,
                        false => holders.extend(holder.handed_on().await),
                    }
                }
            }
            for holder in holders {
                holder.let_go().await;
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

struct Wait {
    /// Not for a transaction to end.
    of_relation: bool,
    holders: Vec<i32>,
}

/// What a session waits for, if it does; with all that it has locked.
async fn wait(observer: &Client, pid: i32, seen: &mut Locks) -> Option<Wait> {
    let ask = "SELECT relation, mode, granted, pg_blocking_pids(pid) FROM pg_locks WHERE pid = $1";
    let rows = observer.query(ask, &[&pid]).await.unwrap();
    let waits = rows.iter().find(|row| !row.get::<_, bool>(2))?;
    for row in &rows {
        if let Some(relation) = row.get::<_, Option<u32>>(0) {
            seen.entry(relation).or_default().insert(level(row.get(1)));
        }
    }
    Some(Wait { of_relation: waits.get::<_, Option<u32>>(0).is_some(), holders: waits.get(3) })
}
