//! The rows that another query gives, in its order.

use super::rows::compare;
use crate::sql::Fragment;
use crate::verify::attempt::{Attempt, Stop};

/// The other query.
#[derive(Debug)]
pub struct SameAs {
    pub query: Fragment,
}

impl SameAs {
    pub async fn see(&self, attempt: &Attempt<'_>, sql: &Fragment) -> Result<(), Stop> {
        let expected = attempt.run(&self.query).await?;
        let found = attempt.run(sql).await?;
        compare(&expected.rows, &found.rows)
    }
}
