//! Running a plan.

mod attempt;
mod blocker;
mod error;
mod holder;
mod interrupt;
mod patience;
mod phase;
mod session;

pub use blocker::Blocker;
pub use error::ExecuteError;
pub use holder::{Holder, holders, open_transactions};
pub use interrupt::Interrupt;
pub use patience::Patience;
pub use phase::Phase;
pub use session::{claim, unclaim};

use std::fmt;
use std::time::{Duration, Instant};

use tokio_postgres::Client;

use crate::model::{Plan, Step};
use crate::sql::Variables;
use attempt::{Attempt, Ended};

/// Told of every step as it begins.
pub trait Watcher {
    /// `number` counts from 1.
    fn begins(&mut self, number: usize, step: &Step);
    /// Step `number` is done; it touched so many rows.
    fn done(&mut self, number: usize, rows: u64);
    /// The steps up to `number` are there to stay.
    fn committed(&mut self, number: usize);
    /// Step `number` waits for locks that `blockers` hold.
    fn waits(&mut self, number: usize, blockers: &[Blocker]);
    /// The server says how far it has come with step `number`.
    fn at(&mut self, _number: usize, _phase: &Phase) {}
    /// Step `number` did not get its locks in time. Its transaction is undone, and made again after `pause`.
    fn retries(&mut self, number: usize, pause: Duration);
}

/// What a plan is run with.
#[derive(Clone, Copy)]
pub struct Run<'a> {
    pub plan: &'a Plan,
    pub client: &'a Client,
    /// Another session of the same database, which finds out who is in the way, and how far a step has come.
    pub observer: Option<&'a Client>,
    /// Where secrets come from.
    pub variables: Variables<'a>,
    pub patience: Patience,
    pub interrupt: &'a Interrupt,
}

impl fmt::Debug for Run<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Run").field("patience", &self.patience).finish_non_exhaustive()
    }
}

/// Runs every step of a plan, in as few transactions as it allows. A failure undoes the
/// transaction it happens in; what earlier ones did stays, and the next plan goes on from there.
/// A transaction that does not get its locks in time is undone, so that nobody waits behind it, and
/// made again for as long as the patience has it.
///
/// # Errors
/// A secret that the variables have not, another run on the same database, a refused statement, a broken
/// connection, locks that did not come, an interrupt.
pub async fn execute(run: &Run<'_>, watcher: &mut dyn Watcher) -> Result<(), ExecuteError> {
    let Run { plan, client, patience, .. } = *run;
    // What is missing is missed before anything is done.
    for step in &plan.steps {
        let revealed = step.sql.revealed(run.variables);
        revealed.map_err(|variable| ExecuteError::secret(step, variable))?;
    }
    let pid = session::prepare(client).await?;
    let mut attempt = Attempt { run, pid, committed: 0 };
    for transaction in plan.transactions() {
        session::limit(client, patience, transaction.block).await?;
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
            run.interrupt.pause(pause).await;
        }
        attempt.committed = transaction.steps.end;
        watcher.committed(attempt.committed);
    }
    session::release(client).await
}
