//! Running a plan.

mod error;
mod session;

pub use error::ExecuteError;

use tokio_postgres::Client;

use crate::model::{Plan, Step};
use crate::sql::Variables;

/// Told of every step as it begins.
pub trait Watcher {
    /// `number` counts from 1.
    fn begins(&mut self, number: usize, step: &Step);
    /// The steps up to `number` are there to stay.
    fn committed(&mut self, number: usize);
}

/// Runs every step of `plan`, in as few transactions as it allows. A failure undoes the
/// transaction it happens in; what earlier ones did stays, and the next plan goes on from there.
///
/// # Errors
/// A secret that `variables` has not, another run on the same database, a refused statement, a broken
/// connection.
pub async fn execute(
    plan: &Plan,
    client: &Client,
    variables: Variables<'_>,
    watcher: &mut dyn Watcher,
) -> Result<(), ExecuteError> {
    // What is missing is missed before anything is done.
    for step in &plan.steps {
        step.sql.revealed(variables).map_err(|variable| ExecuteError::secret(step, variable))?;
    }
    session::prepare(client).await?;
    let mut committed = 0;
    let mut path = String::new();
    for transaction in plan.transactions() {
        let around = |sql: &'static str| async move {
            client.batch_execute(sql).await.map_err(|error| {
                ExecuteError::transaction(sql, &error, committed, plan.steps.len())
            })
        };
        if transaction.block {
            around("BEGIN").await?;
        }
        for n in transaction.steps.clone() {
            let step = &plan.steps[n];
            watcher.begins(n + 1, step);
            if path != step.search_path() {
                path = step.search_path();
                client.batch_execute(&path).await.map_err(ExecuteError::Session)?;
            }
            let sql = step.sql.revealed(variables);
            let sql = sql.map_err(|variable| ExecuteError::secret(step, variable))?;
            if let Err(error) = client.batch_execute(&sql).await {
                // A broken connection undoes the transaction by itself.
                let _ = client.batch_execute("ROLLBACK").await;
                let steps = plan.steps.len();
                let secrets: Vec<String> = step.sql.variables().filter_map(variables).collect();
                let error = ExecuteError::step(n + 1, step, &error, committed, steps);
                return Err(error.without(&secrets));
            }
        }
        if transaction.block {
            around("COMMIT").await?;
        }
        committed = transaction.steps.end;
        watcher.committed(committed);
    }
    session::release(client).await
}
