//! Who has been there for a while, before a plan begins.

use std::time::Duration;

use tokio_postgres::Client;

use super::blocker::{Blocker, blocker};
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
    let rows = client.query(HOLDERS, &[&relations, &since.as_secs_f64()]).await?;
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
    let rows = client.query(OPEN, &[&since.as_secs_f64()]).await?;
    rows.iter().map(blocker).collect()
}

/// What is in the lock table of a prepared transaction has no process, but its number.
/// <https://www.postgresql.org/docs/current/view-pg-locks.html>
const HOLDERS: &str = "
SELECT a.pid, CASE WHEN a.pid IS NULL THEN concat_ws(', ', p.owner, 'prepared as ' || p.gid)
            ELSE concat_ws(', ', a.usename, nullif(a.application_name, ''),
                           nullif(a.backend_type, 'client backend')) END,
       coalesce(a.state, 'working'),
       extract(epoch FROM clock_timestamp() - coalesce(a.xact_start, p.prepared))::bigint,
       CASE WHEN a.query !~* 'password|secret|<insufficient' AND a.query <> ''
            THEN left(regexp_replace(a.query, '\\s+', ' ', 'g'), 120) END,
       w.relation, l.mode
FROM unnest($1::text[]) w(relation)
JOIN pg_locks l ON l.relation = to_regclass(w.relation) AND l.locktype = 'relation' AND l.granted
LEFT JOIN pg_stat_activity a ON a.pid = l.pid
LEFT JOIN pg_prepared_xacts p
  ON l.pid IS NULL AND l.virtualtransaction = '-1/' || p.transaction::text
WHERE l.pid IS DISTINCT FROM pg_backend_pid()
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND coalesce(a.xact_start, p.prepared) < clock_timestamp() - make_interval(secs => $2)
ORDER BY 4 DESC, 1, w.relation, l.mode";

const OPEN: &str = "
SELECT pid, concat_ws(', ', usename, nullif(application_name, ''),
                      nullif(backend_type, 'client backend')),
       coalesce(state, 'working'),
       extract(epoch FROM clock_timestamp() - xact_start)::bigint,
       CASE WHEN query !~* 'password|secret|<insufficient' AND query <> ''
            THEN left(regexp_replace(query, '\\s+', ' ', 'g'), 120) END
FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
  AND (backend_xmin IS NOT NULL OR backend_xid IS NOT NULL)
  AND xact_start < clock_timestamp() - make_interval(secs => $1)
ORDER BY 4 DESC, 1";
