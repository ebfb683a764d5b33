//! Who keeps a step waiting.

use std::fmt;
use std::future::Future;
use std::time::Duration;

use tokio_postgres::{Client, Row};

use super::phase::{Phase, phase};

/// A session that holds, or waits in front for, a lock that a step needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocker {
    /// None, where it is a prepared transaction, which no process has.
    pid: Option<i32>,
    /// The role and the application, as far as the server tells.
    who: String,
    state: String,
    /// Seconds since its transaction began.
    age: i64,
    query: Option<String>,
}

impl fmt::Display for Blocker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { pid, who, state, age, query } = self;
        match pid {
            Some(pid) => write!(f, "process {pid} ({who}), {state}, for {age} s")?,
            None => write!(f, "a transaction of {who}, for {age} s")?,
        }
        match query {
            Some(query) => write!(f, ": {query}"),
            None => Ok(()),
        }
    }
}

/// Waits for `statement`, which runs in the session `pid`, and meanwhile asks over `observer` who is in
/// its way, and how far the server has come with it. `tell` gets everybody who is in the way, whenever they
/// are others than before; the result has the last.
pub(super) async fn watched<T>(
    statement: impl Future<Output = T>,
    pid: i32,
    observer: Option<&Client>,
    tell: &mut dyn FnMut(News<'_>),
) -> (T, Vec<Blocker>) {
    let mut seen = Vec::new();
    tokio::pin!(statement);
    loop {
        let look = async {
            tokio::time::sleep(INTERVAL).await;
            match observer {
                // The observer is a help, no more: what it cannot find out stays unsaid.
                Some(observer) => {
                    let found = blockers(observer, pid).await.unwrap_or_default();
                    (found, phase(observer, pid).await)
                }
                None => (Vec::new(), None),
            }
        };
        let (found, phase) = tokio::select! {
            biased;
            outcome = &mut statement => return (outcome, seen),
            found = look => found,
        };
        if let Some(phase) = phase {
            tell(News::At(phase));
        }
        if found.is_empty() {
            continue;
        }
        if found.iter().map(|blocker| blocker.pid).ne(seen.iter().map(|blocker| blocker.pid)) {
            tell(News::Waits(&found));
        }
        seen = found;
    }
}

/// Of a statement that runs.
pub(super) enum News<'a> {
    Waits(&'a [Blocker]),
    At(Phase),
}

const INTERVAL: Duration = Duration::from_millis(500);

async fn blockers(observer: &Client, pid: i32) -> Result<Vec<Blocker>, tokio_postgres::Error> {
    let rows = observer.query(&blocking(), &[&pid]).await?;
    rows.iter().map(blocker).collect()
}

/// What the first five columns of a row have: the process, who it is, its state, its age, its query.
pub(super) fn blocker(row: &Row) -> Result<Blocker, tokio_postgres::Error> {
    Ok(Blocker {
        pid: row.try_get(0)?,
        who: row.try_get(1)?,
        state: row.try_get(2)?,
        age: row.try_get(3)?,
        query: row.try_get(4)?,
    })
}

/// Everybody who is in the way of the session `$1`.
fn blocking() -> String {
    format!(
        "SELECT {} FROM pg_stat_activity a WHERE a.pid = ANY (pg_blocking_pids($1))
         ORDER BY a.xact_start, a.pid",
        columns("a.xact_start")
    )
}

/// The columns that [`blocker`] reads, of the row `a` of `pg_stat_activity`; the age is counted from `since`.
pub(super) fn columns(since: &str) -> String {
    let age = format!("coalesce(extract(epoch FROM clock_timestamp() - {since}), 0)::bigint");
    format!("a.pid, {WHO}, coalesce(a.state, 'working'), {age}, {QUERY}")
}

pub(super) const WHO: &str = "concat_ws(', ', a.usename, nullif(a.application_name, ''), \
                              nullif(a.backend_type, 'client backend'))";

/// A query that speaks of a password is not repeated. The server shows the queries of other roles only to
/// those who may see them: <https://www.postgresql.org/docs/current/monitoring-stats.html>
pub(super) const QUERY: &str = "CASE WHEN a.query !~* 'password|secret|<insufficient' AND a.query <> '' \
                                THEN left(regexp_replace(a.query, '\\s+', ' ', 'g'), 120) END";
