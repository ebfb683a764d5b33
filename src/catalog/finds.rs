//! Whether there are rows of a certain kind, as far as they may be seen.

use tokio_postgres::Client;

use super::error::CatalogError;
use crate::kind::Doubt;

/// Asks at the moment of the snapshot, which goes on whatever the answer is. Nobody is waited for. Rows that
/// cannot be read are not found: whoever changes something asks again.
pub async fn finds(client: &Client, doubt: &Doubt) -> Result<bool, CatalogError> {
    let begin = "SAVEPOINT asked; SET LOCAL row_security = off; SET LOCAL lock_timeout = '1ms'";
    client.batch_execute(begin).await?;
    let query = format!("SELECT EXISTS (SELECT {})", doubt.from.as_str());
    let found = client.query_one(&query, &[]).await;
    client.batch_execute("ROLLBACK TO SAVEPOINT asked; RELEASE SAVEPOINT asked").await?;
    Ok(match found {
        Ok(row) => row.try_get(0)?,
        Err(error) if error.as_db_error().is_some() => false,
        Err(error) => return Err(error.into()),
    })
}
