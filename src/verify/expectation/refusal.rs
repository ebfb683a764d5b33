//! An error of the server.

use crate::sql::{Fragment, Sql};
use crate::verify::attempt::{Attempt, Stop};
use crate::verify::failure::Failure;

/// Which error.
#[derive(Debug)]
pub struct Refusal {
    /// Its SQLSTATE, or the class of that.
    pub code: String,
    /// The constraint that it is about.
    pub constraint: Option<String>,
}

/// Constraints that wait for the end of the transaction have to speak now.
const NOW: &str = "SET CONSTRAINTS ALL IMMEDIATE";

impl Refusal {
    pub async fn see(&self, attempt: &Attempt<'_>, sql: &Fragment) -> Result<(), Stop> {
        let sql = Sql::default().fragment(sql);
        let result = match attempt.try_sql(&sql).await {
            Ok(_) => attempt.client.batch_execute(NOW).await,
            Err(error) => Err(error),
        };
        let code = format!("{:x<5}", self.code);
        let expected = match &self.constraint {
            Some(constraint) => format!("{code} of {constraint}"),
            None => code,
        };
        let Err(error) = result else {
            let message = format!("expected SQLSTATE {expected}, and there was no error");
            return Err(Stop::Failed(Failure::new(message)));
        };
        let refusal = error.as_db_error();
        let found = refusal.map(|refusal| (refusal.code().code(), refusal.constraint()));
        let is_it = found.is_some_and(|(code, constraint)| {
            let about = self.constraint.as_deref();
            code.starts_with(&self.code) && (about.is_none() || about == constraint)
        });
        if is_it {
            return Ok(());
        }
        Err(match attempt.stop(error, &sql) {
            Stop::Failed(failure) => {
                let message = format!("expected SQLSTATE {expected}; it is: {}", failure.message);
                Stop::Failed(Failure { message, ..failure })
            }
            other => other,
        })
    }
}
