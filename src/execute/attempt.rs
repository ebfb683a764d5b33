//! One attempt at a transaction of a plan.

use tokio_postgres::SimpleQueryMessage;
use tokio_postgres::error::SqlState;

use super::blocker::{News, watched};
use super::error::ExecuteError;
use super::{Run, Watcher};
use crate::model::Transaction;

/// What all attempts have in common.
pub(super) struct Attempt<'a> {
    pub run: &'a Run<'a>,
    /// The process that serves the session.
    pub pid: i32,
    /// How many steps are there to stay.
    pub committed: usize,
}

/// How an attempt ended that did not succeed.
pub(super) enum Ended {
    /// For good.
    Failed(ExecuteError),
    /// Step `number` did not get its locks in time; nothing of the transaction is left.
    Locked { number: usize, error: ExecuteError },
}

impl Attempt<'_> {
    /// Runs the steps of `transaction`.
    ///
    /// # Errors
    /// See [`Ended`].
    pub(super) async fn run(
        &self,
        transaction: &Transaction,
        watcher: &mut dyn Watcher,
    ) -> Result<(), Ended> {
        if transaction.block {
            self.around("BEGIN").await?;
        }
        let mut path = String::new();
        for n in transaction.steps.clone() {
            if self.run.interrupt.wanted() {
                return Err(self.interrupted(n, false).await);
            }
            watcher.begins(n + 1, &self.run.plan.steps[n]);
            let rows = self.step(n, &mut path, watcher).await?;
            watcher.done(n + 1, rows);
        }
        if transaction.block {
            self.around("COMMIT").await?;
        }
        Ok(())
    }

    /// Undoes the transaction before step `n`, since somebody wants the run to stop; there is none `outside`.
    async fn interrupted(&self, n: usize, outside: bool) -> Ended {
        // A broken connection undoes it by itself.
        let _ = self.run.client.batch_execute("ROLLBACK").await;
        let (committed, steps) = (self.committed, self.run.plan.steps.len());
        Ended::Failed(ExecuteError::Interrupted { at: n + 1, committed, steps, outside })
    }

    async fn around(&self, sql: &str) -> Result<(), Ended> {
        self.run.client.batch_execute(sql).await.map_err(|error| {
            let steps = self.run.plan.steps.len();
            Ended::Failed(ExecuteError::transaction(sql, &error, self.committed, steps))
        })
    }

    /// `path` is the search path that the transaction has set so far.
    async fn step(
        &self,
        n: usize,
        path: &mut String,
        watcher: &mut dyn Watcher,
    ) -> Result<u64, Ended> {
        let Run { plan, client, observer, variables, interrupt, .. } = *self.run;
        let step = &plan.steps[n];
        if *path != step.search_path() {
            *path = step.search_path();
            let set = client.batch_execute(path).await;
            set.map_err(|error| Ended::Failed(ExecuteError::Session(error)))?;
        }
        let sql = step.sql.revealed(variables);
        let sql = sql.map_err(|variable| Ended::Failed(ExecuteError::secret(step, variable)))?;
        let mut tell = |news: News<'_>| match news {
            News::Waits(blockers) => watcher.waits(n + 1, blockers),
            News::At(phase) => watcher.at(n + 1, &phase),
        };
        let statement = client.simple_query(&sql);
        let (outcome, blockers) = watched(statement, self.pid, observer, &mut tell).await;
        let refusal = match outcome {
            Ok(messages) => return Ok(rows(&messages)),
            Err(refusal) => refusal,
        };
        if interrupt.wanted() && refusal.code() == Some(&SqlState::QUERY_CANCELED) {
            return Err(self.interrupted(n, !step.transactional).await);
        }
        // A broken connection undoes the transaction by itself.
        let _ = client.batch_execute("ROLLBACK").await;
        let secrets: Vec<String> = step.sql.variables().filter_map(variables).collect();
        let error = ExecuteError::step(n + 1, step, &refusal, self.committed, plan.steps.len())
            .because_of(blockers)
            .without(&secrets);
        Err(match refusal.code() {
            Some(&SqlState::LOCK_NOT_AVAILABLE | &SqlState::T_R_DEADLOCK_DETECTED) => {
                Ended::Locked { number: n + 1, error }
            }
            _ => Ended::Failed(error),
        })
    }
}

/// How many rows a statement touched, as its tag has it.
fn rows(messages: &[SimpleQueryMessage]) -> u64 {
    let of = |message: &SimpleQueryMessage| match message {
        SimpleQueryMessage::CommandComplete(rows) => *rows,
        _ => 0,
    };
    messages.iter().map(of).sum()
}
