//! How far the server has come with a step, as it tells itself.

use std::fmt;

use tokio_postgres::Client;

/// What the server is at within a statement that takes long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phase {
    /// In the server's words.
    name: String,
    /// How much of it is done, in per cent, where the server knows.
    done: Option<i64>,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.done {
            Some(done) => write!(f, "{}, {done} %", self.name),
            None => f.write_str(&self.name),
        }
    }
}

/// What the session `pid` is at; nothing, where the server does not tell, as it does not of rewrites and
/// of the validation of constraints.
pub(super) async fn phase(observer: &Client, pid: i32) -> Option<Phase> {
    let row = observer.query_opt(PHASE, &[&pid]).await.ok()??;
    Some(Phase { name: row.try_get(0).ok()?, done: row.try_get(1).ok()? })
}

/// Each phase counts what it goes through: blocks, rows, or the transactions that it waits for.
/// <https://www.postgresql.org/docs/current/progress-reporting.html>
const PHASE: &str = "
SELECT phase, (100 * CASE WHEN phase LIKE 'waiting%' THEN lockers_done / nullif(lockers_total, 0)::float8
                         WHEN blocks_total > 0 THEN blocks_done / blocks_total::float8
                         ELSE tuples_done / nullif(tuples_total, 0)::float8 END)::int8
FROM pg_stat_progress_create_index WHERE pid = $1
UNION ALL
SELECT phase, 100 * heap_blks_scanned / nullif(heap_blks_total, 0)
FROM pg_stat_progress_cluster WHERE pid = $1
UNION ALL
SELECT 'copying', 100 * bytes_processed / nullif(bytes_total, 0)
FROM pg_stat_progress_copy WHERE pid = $1
LIMIT 1";
