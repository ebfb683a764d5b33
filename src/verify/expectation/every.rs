//! A condition that every row meets.

use crate::sql::{Fragment, Sql};
use crate::verify::attempt::{Attempt, Stop, lines};
use crate::verify::failure::Failure;

/// The condition, over the columns of the query.
#[derive(Debug)]
pub struct Every {
    pub predicate: Fragment,
}

impl Every {
    pub async fn see(&self, attempt: &Attempt<'_>, sql: &Fragment) -> Result<(), Stop> {
        // Asked once, since the query may be one that changes something. A comment at the end of a part must
        // not swallow what comes after it.
        let judged = Sql::new("SELECT *, (\n")
            .fragment(&self.predicate)
            .raw("\n) IS TRUE FROM (\n")
            .fragment(&sql.without_semicolon())
            .raw("\n) AS answer");
        let mut answer = attempt.run_sql(&judged).await?;
        if answer.rows.is_empty() {
            return Err(Stop::Failed(Failure::new(
                "there is no row that could meet the condition",
            )));
        }
        let meets = |row: &mut Vec<Option<String>>| row.pop().flatten().is_some_and(|it| it == "t");
        answer.rows.retain_mut(|row| !meets(row));
        if answer.rows.is_empty() {
            return Ok(());
        }
        let message = format!("rows do not meet the condition {}", self.predicate);
        Err(Stop::Failed(Failure::new(message).found(lines(&answer.rows))))
    }
}
