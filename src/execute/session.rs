//! The session that a plan runs in.

use std::time::Duration;

use tokio_postgres::Client;

use super::error::ExecuteError;
use super::holder;
use super::patience::Patience;
use crate::kind::REST;

/// Bodies are not looked into, since what they use may come later; a date without a zone means UTC, as it did in
/// the shadow. Where a policy would hide rows from the run, that is an error, and not rows that are left behind.
/// Batches of rows are small beside their table, which a plan for any batch would not know.
const SETTINGS: &str = "
SET check_function_bodies = off;
SET timezone = 'UTC';
SET row_security = off;
SET plan_cache_mode = force_custom_plan;
SET client_min_messages = warning;
SET idle_in_transaction_session_timeout = 0";

/// Of a client that was killed the server hears when it has something to tell it, which with an index that is
/// built can take hours, in which no other run may begin. It is to look for itself. Where it runs on a system
/// that cannot tell, it refuses.
/// <https://www.postgresql.org/docs/current/runtime-config-connection.html#GUC-CLIENT-CONNECTION-CHECK-INTERVAL>
const LOOK_FOR_THE_CLIENT: &str = "SET client_connection_check_interval = '2s'";

/// The key of the lock: "pgconv" in ASCII.
const LOCK: i64 = 0x0070_6763_6f6e_7600;

/// Takes the lock that keeps two runs on one database apart, for as long as the session lives. A plan is
/// to be made under it, since another run would change what it is made on.
///
/// # Errors
/// Another run, a broken connection.
pub async fn claim(client: &Client) -> Result<(), ExecuteError> {
    let row = client.query_one("SELECT pg_try_advisory_lock($1)", &[&LOCK]).await;
    match row.and_then(|row| row.try_get(0)).map_err(ExecuteError::Session)? {
        true => Ok(()),
        false => Err(ExecuteError::Busy {
            // Who it is helps, no more: whoever has it may have ended meanwhile.
            other: holder::of_advisory_lock(client, LOCK).await.ok().flatten(),
        }),
    }
}

/// Sets the session up and takes the lock, once more if it has it. Gives the process that serves it.
pub async fn prepare(client: &Client) -> Result<i32, ExecuteError> {
    client.batch_execute(SETTINGS).await.map_err(ExecuteError::Session)?;
    match client.batch_execute(LOOK_FOR_THE_CLIENT).await {
        Err(error) if error.as_db_error().is_none() => return Err(ExecuteError::Session(error)),
        _ => {}
    }
    claim(client).await?;
    let row = client.query_one("SELECT pg_backend_pid()", &[]).await;
    row.and_then(|row| row.try_get(0)).map_err(ExecuteError::Session)
}

/// Sets how long a statement waits for a lock, how long it may take, and how long batches of rows rest. `block`:
/// within a transaction.
pub async fn limit(client: &Client, patience: Patience, block: bool) -> Result<(), ExecuteError> {
    // Zero would mean for ever.
    let milliseconds = |span: Duration| span.as_millis().max(1);
    let set = format!(
        "SET lock_timeout = {}; SET statement_timeout = {}; SET {REST} = {}",
        milliseconds(patience.of_step(block)),
        patience.statement_timeout.map_or(0, milliseconds),
        patience.rest
    );
    client.batch_execute(&set).await.map_err(ExecuteError::Session)
}

/// Gives the lock back, once.
pub async fn release(client: &Client) -> Result<(), ExecuteError> {
    let released = client.execute("SELECT pg_advisory_unlock($1)", &[&LOCK]).await;
    released.map(drop).map_err(ExecuteError::Session)
}

/// Gives it back for good, however often it was taken.
///
/// # Errors
/// A broken connection, with which it is given back as well.
pub async fn unclaim(client: &Client) -> Result<(), ExecuteError> {
    let released = client.batch_execute("SELECT pg_advisory_unlock_all()").await;
    released.map_err(ExecuteError::Session)
}
