//! Running a plan.

mod attempt;
mod blocker;
mod error;
mod patience;
mod session;

pub use blocker::Blocker;
pub use error::ExecuteError;
pub use patience::Patience;

use std::time::{Duration, Instant};

use tokio_postgres::Client;

use crate::model::{Plan, Step};
use crate::sql::Variables;
use attempt::{Attempt, Ended};

/// Told of every step as it begins.
pub trait Watcher {
    /// `number` counts from 1.
    fn begins(&mut self, number: usize, step: &Step);
    /// The steps up to `number` are there to stay.
    fn committed(&mut self, number: usize);
    /// Step `number` waits for locks that `blockers` hold.
    fn waits(&mut self, number: usize, blockers: &[Blocker]);
    /// Step `number` did not get its locks in time. Its transaction is undone, and made again after `pause`.
    fn retries(&mut self, number: usize, pause: Duration);
}

/// Runs every step of `plan`, in as few transactions as it allows. A failure undoes the
/// transaction it happens in; what earlier ones did stays, and the next plan goes on from there.
/// A transaction that does not get its locks in time is undone, so that nobody waits behind it, and
/// made again for as long as `patience` has it. `observer` is another session of the same database, which
/// finds out who is in the way.
///
/// # Errors
/// A secret that `variables` has not, another run on the same database, a refused statement, a broken
/// connection, locks that did not come.
pub async fn execute(
    plan: &Plan,
    client: &Client,
    observer: Option<&Client>,
    variables: Variables<'_>,
    patience: Patience,
    watcher: &mut dyn Watcher,
) -> Result<(), ExecuteError> {
    // What is missing is missed before anything is done.
    for step in &plan.steps {
        step.sql.revealed(variables).map_err(|variable| ExecuteError::secret(step, variable))?;
    }
    let pid = session::prepare(client).await?;
    let mut attempt = Attempt { plan, client, observer, pid, variables, committed: 0 };
    for transaction in plan.transactions() {
        session::wait_for_locks(client, patience.of_step(transaction.block)).await?;
        let begin = Instant::now();
        let mut attempts = 0;
        loop {
            let (number, error) = match attempt.run(&transaction, watcher).await {
                Ok(()) => break,
                Err(Ended::Failed(error)) => return Err(error),
                Err(Ended::Locked { number, error }) => (number, error),
            };
            attempts += 1;
            // Without a block, something half done may be there that the next plan has to see.
            let pause = patience.pause(attempts, begin.elapsed()).filter(|_| transaction.block);
            let Some(pause) = pause else { return Err(error) };
            watcher.retries(number, pause);
            tokio::time::sleep(pause).await;
        }
        attempt.committed = transaction.steps.end;
        watcher.committed(attempt.committed);
    }
    session::release(client).await
}
