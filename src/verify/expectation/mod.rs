//! What is expected of a statement. One file for each kind of expectation.

mod changed;
mod count;
mod every;
mod plan;
mod refusal;
mod rows;
mod same_as;

pub use changed::Changed;
pub use count::Count;
pub use every::Every;
pub use plan::PlanShape;
pub use refusal::Refusal;
pub use rows::Rows;
pub use same_as::SameAs;

use std::time::Duration;

use super::attempt::{Attempt, Stop};
use crate::sql::Fragment;

/// A statement, and what is to come of it.
#[derive(Debug)]
pub struct Expectation {
    /// Statements that come before.
    pub setup: Vec<Fragment>,
    pub sql: Fragment,
    /// How soon the server has to answer.
    pub within: Option<Duration>,
    pub what: What,
}

/// What is to come of a statement.
#[derive(Debug)]
pub enum What {
    /// No more than an answer.
    Answer,
    Rows(Rows),
    SameAs(SameAs),
    Every(Every),
    Count(Count),
    Refusal(Refusal),
    Plan(PlanShape),
    Changed(Changed),
}

impl Expectation {
    /// Sees whether it holds, and undoes what that did.
    pub async fn hold(&self, attempt: &Attempt<'_>) -> Result<(), Stop> {
        attempt.control("SAVEPOINT expectation").await?;
        let mut result = self.see(attempt).await;
        if matches!(result, Ok(()) | Err(Stop::Failed(_))) {
            let undone = attempt.control("ROLLBACK TO expectation; RELEASE expectation").await;
            result = undone.and(result);
        }
        let place = || self.sql.place().map(|place| attempt.sources.describe(place));
        result.map_err(|stop| stop.or_at(place))
    }

    async fn see(&self, attempt: &Attempt<'_>) -> Result<(), Stop> {
        for statement in &self.setup {
            attempt.prepare(statement).await?;
        }
        let attempt = &Attempt { within: self.within, ..*attempt };
        if let Some(within) = self.within {
            let set = format!("SET LOCAL statement_timeout = {}", within.as_millis());
            attempt.control(&set).await?;
        }
        match &self.what {
            What::Answer => attempt.run(&self.sql).await.map(drop),
            What::Rows(rows) => rows.see(attempt, &self.sql).await,
            What::SameAs(same_as) => same_as.see(attempt, &self.sql).await,
            What::Every(every) => every.see(attempt, &self.sql).await,
            What::Count(count) => count.see(attempt, &self.sql).await,
            What::Refusal(refusal) => refusal.see(attempt, &self.sql).await,
            What::Plan(shape) => shape.see(attempt, &self.sql).await,
            What::Changed(changed) => changed.see(attempt, &self.sql).await,
        }
    }
}
