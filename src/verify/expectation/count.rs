//! So many rows, given or changed.

use crate::sql::Fragment;
use crate::verify::attempt::{Attempt, Stop, lines};
use crate::verify::failure::Failure;

/// How many, at least and at most.
#[derive(Debug)]
pub struct Count {
    pub least: Option<u64>,
    pub most: Option<u64>,
}

impl Count {
    pub async fn see(&self, attempt: &Attempt<'_>, sql: &Fragment) -> Result<(), Stop> {
        let answer = attempt.run(sql).await?;
        let count = answer.count;
        let enough = self.least.is_none_or(|least| count >= least);
        let not_too_many = self.most.is_none_or(|most| count <= most);
        if enough && not_too_many {
            return Ok(());
        }
        let expected = match (self.least, self.most) {
            (Some(least), Some(most)) if least == most => least.to_string(),
            (Some(least), Some(most)) => format!("{least} to {most}"),
            (Some(least), None) => format!("at least {least}"),
            (None, Some(most)) => format!("at most {most}"),
            (None, None) => "any number".to_owned(),
        };
        let message = format!("expected rows: {expected}; there are {count}");
        Err(Stop::Failed(Failure::new(message).found(lines(&answer.rows))))
    }
}
