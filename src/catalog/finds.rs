//! How many rows there are of a certain kind, as far as they may be seen.

use tokio_postgres::Client;

use super::error::CatalogError;
use crate::kind::Doubt;

/// How many rows it finds, up to `most`. Asks at the moment of the snapshot, which goes on whatever the answer
/// is. Nobody is waited for. Rows that cannot be read are not found: whoever changes something asks again.
pub async fn count(client: &Client, doubt: &Doubt, most: u32) -> Result<u32, CatalogError> {
    let Some(from) = doubt.from() else { return Ok(0) };
    let begin = "SAVEPOINT asked; SET LOCAL row_security = off; SET LOCAL lock_timeout = '1ms'";
    client.batch_execute(begin).await?;
    let query = format!("SELECT count(*) FROM (SELECT {} LIMIT {most}) found", from.as_str());
    let found = client.query_one(&query, &[]).await;
    client.batch_execute("ROLLBACK TO SAVEPOINT asked; RELEASE SAVEPOINT asked").await?;
    Ok(match found {
        Ok(row) => u32::try_from(row.try_get::<_, i64>(0)?).unwrap_or(most),
        Err(error) if error.as_db_error().is_some() => 0,
        Err(error) => return Err(error.into()),
    })
}
