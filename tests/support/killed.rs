//! A step that runs outside a transaction, ended by force at one of the moments in which it waits for
//! others.
//!
//! Used by `#[path = "support/killed.rs"] mod killed;`.

#![allow(clippy::unwrap_used, reason = "a panic is how a failure is told")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use pgconverge::execute::{Blocker, Watcher};
use pgconverge::model::Step;
use pgconverge::server::connect::Connection;
use tokio::runtime::Handle;
use tokio::task::{JoinHandle, block_in_place};
use tokio_postgres::Client;

use crate::lab::Lab;

/// Watches a plan, whose last step it ends.
pub struct Killer<'a> {
    pub lab: &'a Lab,
    pub database: &'a str,
    pub pid: i32,
    /// The number of the step.
    pub last: usize,
    /// In which of the moments, counted from 1.
    pub moment: usize,
    over: Arc<AtomicBool>,
    task: Option<JoinHandle<bool>>,
}

impl<'a> Killer<'a> {
    pub async fn new(
        lab: &'a Lab,
        database: &'a str,
        connection: &Connection,
        last: usize,
        moment: usize,
    ) -> Self {
        let row = connection.client.query_one("SELECT pg_backend_pid()", &[]).await.unwrap();
        let over = Arc::default();
        Self { lab, database, pid: row.get(0), last, moment, over, task: None }
    }

    /// Whether there was such a moment.
    pub async fn has_killed(self) -> bool {
        self.over.store(true, Ordering::Relaxed);
        self.task.unwrap().await.unwrap()
    }

    /// What the step waits for: one transaction after the other, so that none of its waits is missed.
    async fn begin(&mut self, step: &Step) {
        let mut holders = Vec::new();
        for _ in 0..=self.moment {
            holders.push(self.lab.connect(self.database).await);
        }
        let observer = self.lab.connect("postgres").await;
        let (pid, moment, over) = (self.pid, self.moment, Arc::clone(&self.over));
        // What goes through rows in batches waits for rows.
        let (relations, rows) = (step.locks.clone(), step.sql.as_str().starts_with("DO "));
        let relations: Vec<String> = relations.into_iter().map(|lock| lock.relation).collect();
        hold(&holders[0].client, &relations, rows).await;
        self.task = Some(tokio::spawn(async move {
            let mut killed = false;
            for n in 1..=moment {
                let theirs = process(&holders[n - 1].client).await;
                if !waits(&observer.client, pid, theirs, &over).await {
                    break;
                }
                if n == moment {
                    end(&observer.client, pid).await;
                    killed = true;
                    break;
                }
                hold(&holders[n].client, &relations, rows).await;
                holders[n - 1].client.batch_execute("COMMIT").await.unwrap();
            }
            for holder in holders {
                holder.close().await.unwrap();
            }
            observer.close().await.unwrap();
            killed
        }));
    }
}

/// A transaction that writes to the relations, where it can, and sees what there is now.
async fn hold(client: &Client, relations: &[String], rows: bool) {
    let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT; SET LOCAL lock_timeout = '50ms'";
    client.batch_execute(begin).await.unwrap();
    for relation in relations {
        let held = match rows {
            true => format!("SELECT FROM {relation} FOR UPDATE"),
            false => format!("LOCK TABLE ONLY {relation} IN ROW EXCLUSIVE MODE"),
        };
        // Whoever waits for one already keeps us from it.
        let within = format!("SAVEPOINT s; {held}");
        if client.batch_execute(&within).await.is_err() {
            client.batch_execute("ROLLBACK TO s").await.unwrap();
        }
    }
}

async fn process(client: &Client) -> i32 {
    client.query_one("SELECT pg_backend_pid()", &[]).await.unwrap().get(0)
}

/// Whether a session comes to wait for another one, before it is done.
async fn waits(observer: &Client, pid: i32, of: i32, over: &AtomicBool) -> bool {
    while !over.load(Ordering::Relaxed) {
        let ask = "SELECT $2 = ANY (pg_blocking_pids($1))";
        if observer.query_one(ask, &[&pid, &of]).await.unwrap().get(0) {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    false
}

/// Ends a session, and waits until it is gone.
async fn end(observer: &Client, pid: i32) {
    observer.query_one("SELECT pg_terminate_backend($1)", &[&pid]).await.unwrap();
    let there = "SELECT FROM pg_stat_activity WHERE pid = $1";
    while observer.query_opt(there, &[&pid]).await.unwrap().is_some() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

impl Watcher for Killer<'_> {
    fn begins(&mut self, number: usize, step: &Step) {
        if number == self.last {
            block_in_place(|| Handle::current().block_on(self.begin(step)));
        }
    }

    fn done(&mut self, _: usize, _: u64) {}
    fn committed(&mut self, _: usize) {}
    fn waits(&mut self, _: usize, _: &[Blocker]) {}
    fn retries(&mut self, _: usize, _: Duration) {}
}
