//! Whether a connection has a session of its own. Behind a proxy that gives each transaction whichever
//! session is free, a lock of a session and its settings are another's the next moment.

use tokio_postgres::SimpleQueryMessage;

use crate::diagnostic::Located;
use crate::pipeline::open::OpenTarget;
use crate::server::connect::Connection;

/// Looks which process serves a connection, before and while another one is served.
///
/// # Errors
/// It is not always the same one, or the one of the other, too.
pub async fn own_session(open: &OpenTarget) -> miette::Result<()> {
    if open.embedded {
        return Ok(());
    }
    // Without a second connection nobody can tell.
    let Ok(other) = open.target.connect().await else { return Ok(()) };
    let shared = is_shared(&open.connection, &other).await;
    // Nobody minds how it ends.
    let _ = other.close().await;
    if !shared {
        return Ok(());
    }
    let message = "the connection goes through a proxy that shares sessions between transactions";
    Err(Located::new("pgconverge::preflight::pooled", message)
        .help(
            "a run holds a lock and settings for as long as its session: connect to the server itself, \
             or to a pool of sessions (pool_mode = session in PgBouncer); nothing was done",
        )
        .into())
}

/// The first statement leaves a session free, which the transaction of the other connection then gets; so the
/// next one is served by another. What cannot be asked is left to those who go on with the connection.
async fn is_shared(own: &Connection, other: &Connection) -> bool {
    let Ok(first) = process(own).await else { return false };
    match other.client.batch_execute("BEGIN").await {
        Ok(()) => {}
        // A pool of single statements lets nobody begin a transaction.
        Err(error) => return error.as_db_error().is_some(),
    }
    let theirs = process(other).await.ok();
    let second = process(own).await.ok();
    // A broken connection undoes it by itself.
    let _ = other.client.batch_execute("ROLLBACK").await;
    theirs == Some(first.clone()) || second.is_some_and(|second| second != first)
}

/// The process that serves a statement. What is prepared for it would be looked for in another session.
async fn process(connection: &Connection) -> Result<String, tokio_postgres::Error> {
    let messages = connection.client.simple_query("SELECT pg_backend_pid()").await?;
    let pid = messages.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0),
        _ => None,
    });
    Ok(pid.unwrap_or_default().to_owned())
}
