//! The session that a plan runs in.

use tokio_postgres::Client;

use super::error::ExecuteError;

/// Bodies are not looked into, since what they use may come later; a date without a zone means UTC, as it did in
/// the shadow; and nobody waits behind us for a lock for longer than this.
const SETTINGS: &str = "
SET check_function_bodies = off;
SET timezone = 'UTC';
SET client_min_messages = warning;
SET statement_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET lock_timeout = '10s'";

/// The key of the lock that keeps two runs on one database apart: "pgconv" in ASCII.
const LOCK: i64 = 0x0070_6763_6f6e_7600;

/// Sets the session up and takes the lock. It goes with the session.
pub async fn prepare(client: &Client) -> Result<(), ExecuteError> {
    client.batch_execute(SETTINGS).await.map_err(ExecuteError::Session)?;
    let row = client
        .query_one("SELECT pg_try_advisory_lock($1)", &[&LOCK])
        .await
        .map_err(ExecuteError::Session)?;
    if row.try_get(0).map_err(ExecuteError::Session)? { Ok(()) } else { Err(ExecuteError::Busy) }
}

/// Gives the lock back.
pub async fn release(client: &Client) -> Result<(), ExecuteError> {
    let released = client.execute("SELECT pg_advisory_unlock($1)", &[&LOCK]).await;
    released.map(drop).map_err(ExecuteError::Session)
}
