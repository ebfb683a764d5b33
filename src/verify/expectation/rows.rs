//! Exactly these rows, in this order.

use crate::sql::Fragment;
use crate::verify::attempt::{Attempt, Stop, lines};
use crate::verify::failure::Failure;

/// Values as the server writes them.
#[derive(Debug)]
pub struct Rows {
    expected: Vec<Vec<Option<String>>>,
}

impl Rows {
    /// From the values of a file.
    pub fn of(rows: impl IntoIterator<Item = Vec<String>>) -> Self {
        let expected = rows.into_iter().map(|row| row.into_iter().map(Some).collect()).collect();
        Self { expected }
    }

    pub async fn see(&self, attempt: &Attempt<'_>, sql: &Fragment) -> Result<(), Stop> {
        let answer = attempt.run(sql).await?;
        compare(&self.expected, &answer.rows)
    }
}

/// A failure unless the rows are the same.
pub fn compare(
    expected: &[Vec<Option<String>>],
    found: &[Vec<Option<String>>],
) -> Result<(), Stop> {
    if expected == found {
        return Ok(());
    }
    let failure = Failure::new("the rows are not those that are expected");
    Err(Stop::Failed(failure.between(&lines(expected), &lines(found))))
}
