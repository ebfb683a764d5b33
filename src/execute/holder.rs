//! Who has been there for a while, before a plan begins.

use std::time::Duration;

use tokio_postgres::Client;

use super::blocker::{Blocker, QUERY, WHO, blocker, columns};
use crate::sql::LockLevel;

/// Somebody who has a lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    pub blocker: Blocker,
    /// Schema and name.
    pub relation: String,
    pub level: LockLevel,
}

/// Those who have locks of `relations`, by transactions that are older than `since`, prepared ones included.
///
/// # Errors
/// A broken connection.
pub async fn holders(
    client: &Client,
    relations: &[&str],
    since: Duration,
) -> Result<Vec<Holder>, tokio_postgres::Error> {
    let rows = client.query(&holding(), &[&relations, &since.as_secs_f64()]).await?;
    let mut found = Vec::new();
    for row in &rows {
        let mode: &str = row.try_get(6)?;
        let Some(level) = LockLevel::of_mode(mode) else { continue };
        found.push(Holder { blocker: blocker(row)?, relation: row.try_get(5)?, level });
    }
    Ok(found)
}

/// Those in the database whose transactions are older than `since` and may still see what was there before.
///
/// # Errors
/// A broken connection.
pub async fn open_transactions(
    client: &Client,
    since: Duration,
) -> Result<Vec<Blocker>, tokio_postgres::Error> {
    let rows = client.query(&open(), &[&since.as_secs_f64()]).await?;
    rows.iter().map(blocker).collect()
}

/// The session that has an advisory lock of the database, of one key.
///
/// # Errors
/// A broken connection.
pub(super) async fn of_advisory_lock(
    client: &Client,
    key: i64,
) -> Result<Option<Blocker>, tokio_postgres::Error> {
    let row = client.query_opt(&locking(), &[&key]).await?;
    row.as_ref().map(blocker).transpose()
}

/// What is in the lock table of a prepared transaction has no process, but its number.
/// <https://www.postgresql.org/docs/current/view-pg-locks.html>
fn holding() -> String {
    format!(
        "SELECT a.pid,
                CASE WHEN a.pid IS NULL THEN concat_ws(', ', p.owner, 'prepared as ' || p.gid)
                ELSE {WHO} END,
                coalesce(a.state, 'working'),
                extract(epoch FROM clock_timestamp() - coalesce(a.xact_start, p.prepared))::bigint,
                {QUERY}, w.relation, l.mode
         FROM unnest($1::text[]) w(relation)
         JOIN pg_locks l ON l.relation = to_regclass(w.relation) AND l.locktype = 'relation'
                            AND l.granted
         LEFT JOIN pg_stat_activity a ON a.pid = l.pid
         LEFT JOIN pg_prepared_xacts p
           ON l.pid IS NULL AND l.virtualtransaction = '-1/' || p.transaction::text
         WHERE l.pid IS DISTINCT FROM pg_backend_pid() AND l.database = {DATABASE}
           AND coalesce(a.xact_start, p.prepared) < clock_timestamp() - make_interval(secs => $2)
         ORDER BY 4 DESC, 1, w.relation, l.mode"
    )
}

const DATABASE: &str = "(SELECT oid FROM pg_database WHERE datname = current_database())";

fn open() -> String {
    format!(
        "SELECT {} FROM pg_stat_activity a
         WHERE a.datname = current_database() AND a.pid <> pg_backend_pid()
           AND (a.backend_xmin IS NOT NULL OR a.backend_xid IS NOT NULL)
           AND a.xact_start < clock_timestamp() - make_interval(secs => $1)
         ORDER BY 4 DESC, 1",
        columns("a.xact_start")
    )
}

/// A key of 64 bits is shown as its halves: <https://www.postgresql.org/docs/current/view-pg-locks.html>
fn locking() -> String {
    format!(
        "SELECT {} FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
         WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND l.database = {DATABASE}
           AND (l.classid::bigint << 32 | l.objid::bigint) = $1",
        columns("a.backend_start")
    )
}
