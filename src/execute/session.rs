//! The session that a plan runs in.

use std::time::Duration;

use tokio_postgres::Client;

use super::error::ExecuteError;

/// Bodies are not looked into, since what they use may come later; a date without a zone means UTC, as it did in
/// the shadow.
const SETTINGS: &str = "
SET check_function_bodies = off;
SET timezone = 'UTC';
SET client_min_messages = warning;
SET statement_timeout = 0;
SET idle_in_transaction_session_timeout = 0";

/// The key of the lock that keeps two runs on one database apart: "pgconv" in ASCII.
const LOCK: i64 = 0x0070_6763_6f6e_7600;

/// Sets the session up and takes the lock. It goes with the session. Gives the process that serves it.
pub async fn prepare(client: &Client) -> Result<i32, ExecuteError> {
    client.batch_execute(SETTINGS).await.map_err(ExecuteError::Session)?;
    let row = client
        .query_one("SELECT pg_try_advisory_lock($1), pg_backend_pid()", &[&LOCK])
        .await
        .map_err(ExecuteError::Session)?;
    if !row.try_get::<_, bool>(0).map_err(ExecuteError::Session)? {
        return Err(ExecuteError::Busy);
    }
    row.try_get(1).map_err(ExecuteError::Session)
}

/// Sets how long a statement waits for a lock.
pub async fn wait_for_locks(client: &Client, longest: Duration) -> Result<(), ExecuteError> {
    // Zero would mean for ever.
    let set = format!("SET lock_timeout = {}", longest.as_millis().max(1));
    client.batch_execute(&set).await.map_err(ExecuteError::Session)
}

/// Gives the lock back.
pub async fn release(client: &Client) -> Result<(), ExecuteError> {
    let released = client.execute("SELECT pg_advisory_unlock($1)", &[&LOCK]).await;
    released.map(drop).map_err(ExecuteError::Session)
}
