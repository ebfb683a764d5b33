//! One attempt at a transaction of a plan.

use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use super::Watcher;
use super::blocker::watched;
use super::error::ExecuteError;
use crate::model::{Plan, Transaction};
use crate::sql::Variables;

/// What all attempts have in common.
pub(super) struct Attempt<'a> {
    pub plan: &'a Plan,
    pub client: &'a Client,
    pub observer: Option<&'a Client>,
    /// The process that serves `client`.
    pub pid: i32,
    pub variables: Variables<'a>,
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
            watcher.begins(n + 1, &self.plan.steps[n]);
            self.step(n, &mut path, watcher).await?;
        }
        if transaction.block {
            self.around("COMMIT").await?;
        }
        Ok(())
    }

    async fn around(&self, sql: &str) -> Result<(), Ended> {
        self.client.batch_execute(sql).await.map_err(|error| {
            let steps = self.plan.steps.len();
            Ended::Failed(ExecuteError::transaction(sql, &error, self.committed, steps))
        })
    }

    /// `path` is the search path that the transaction has set so far.
    async fn step(
        &self,
        n: usize,
        path: &mut String,
        watcher: &mut dyn Watcher,
    ) -> Result<(), Ended> {
        let step = &self.plan.steps[n];
        if *path != step.search_path() {
            *path = step.search_path();
            let set = self.client.batch_execute(path).await;
            set.map_err(|error| Ended::Failed(ExecuteError::Session(error)))?;
        }
        let sql = step.sql.revealed(self.variables);
        let sql = sql.map_err(|variable| Ended::Failed(ExecuteError::secret(step, variable)))?;
        let mut tell = |blockers: &[_]| watcher.waits(n + 1, blockers);
        let statement = self.client.batch_execute(&sql);
        let (outcome, blockers) = watched(statement, self.pid, self.observer, &mut tell).await;
        let Err(refusal) = outcome else { return Ok(()) };
        // A broken connection undoes the transaction by itself.
        let _ = self.client.batch_execute("ROLLBACK").await;
        let secrets: Vec<String> = step.sql.variables().filter_map(self.variables).collect();
        let error =
            ExecuteError::step(n + 1, step, &refusal, self.committed, self.plan.steps.len())
                .because_of(blockers)
                .without(&secrets);
        Err(match refusal.code() {
            Some(&SqlState::LOCK_NOT_AVAILABLE) => Ended::Locked { number: n + 1, error },
            _ => Ended::Failed(error),
        })
    }
}
