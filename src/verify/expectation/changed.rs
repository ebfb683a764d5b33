//! A value that another statement changes.

use crate::sql::Fragment;
use crate::verify::attempt::{Answer, Attempt, Stop, lines};
use crate::verify::failure::Failure;

/// The statement between the two looks.
#[derive(Debug)]
pub struct Changed {
    pub statement: Fragment,
}

impl Changed {
    pub async fn see(&self, attempt: &Attempt<'_>, sql: &Fragment) -> Result<(), Stop> {
        let before = attempt.run(sql).await?;
        if before.rows.is_empty() {
            return Err(Stop::Failed(Failure::new("there is no row whose values could change")));
        }
        attempt.run(&self.statement).await?;
        let after = attempt.run(sql).await?;
        match unchanged(&before, &after) {
            still if still.is_empty() => Ok(()),
            still => {
                let message = format!("{} is what it was before", still.join(", "));
                Err(Stop::Failed(Failure::new(message).explained(&lines(&after.rows).join("\n"))))
            }
        }
    }
}

/// The columns with a value that did not change.
fn unchanged(before: &Answer, after: &Answer) -> Vec<String> {
    let names = before.columns.iter().enumerate();
    let still = names.filter(|(n, _)| {
        let rows = before.rows.iter().zip(&after.rows);
        rows.into_iter().any(|(before, after)| before.get(*n) == after.get(*n))
    });
    still.map(|(_, name)| name.clone()).collect()
}
