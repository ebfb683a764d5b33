//! Queries of one moment, over one session or several.

use std::borrow::Cow;
use std::iter;
use std::sync::Mutex;

use futures_util::future::try_join_all;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use tokio::sync::oneshot;
use tokio_postgres::{Client, Row};

use super::error::CatalogError;

/// A statement, and whether its `$1` is the list of schemas.
pub struct Query {
    text: Cow<'static, str>,
    of_schemas: bool,
}

impl Query {
    /// One about the whole database.
    pub fn whole(text: &'static str) -> Self {
        Self { text: text.into(), of_schemas: false }
    }

    /// One about the schemas that are read.
    pub fn of_schemas(text: impl Into<Cow<'static, str>>) -> Self {
        Self { text: text.into(), of_schemas: true }
    }
}

/// Queries whose rows are taken together.
pub struct Task<T> {
    pub subject: T,
    pub queries: Vec<Query>,
    /// Whether they take longer than others: where several sessions share the work, they are the
    /// first to be asked, so that their rows can be taken while the others are at work.
    pub long: bool,
}

/// What makes something of a task's rows.
pub type Take<S, T> = fn(&mut S, T, Vec<Vec<Row>>) -> Result<(), CatalogError>;

/// Runs each task's queries on whichever of the `sessions` is free, and hands their rows to `take`
/// with the task, in the order of the tasks; returns what `take` made of them. It works on a thread of
/// its own, so that the sessions need not wait for it.
pub async fn run<T, S>(
    sessions: &[&Client],
    schemas: &Vec<u32>,
    tasks: Vec<Task<T>>,
    mut state: S,
    take: Take<S, T>,
) -> Result<S, CatalogError>
where
    T: Send + 'static,
    S: Send + 'static,
{
    let (mut asked, mut awaited) = (Vec::new(), Vec::new());
    for Task { subject, queries, long } in tasks {
        let (sender, rows) = oneshot::channel::<Vec<Vec<Row>>>();
        asked.push((queries, long, sender));
        awaited.push((subject, rows));
    }
    let taking = tokio::task::spawn_blocking(move || {
        for (subject, rows) in awaited {
            // A session that failed has dropped its sender, and says why.
            let Ok(rows) = rows.blocking_recv() else { break };
            take(&mut state, subject, rows)?;
        }
        Ok(state)
    });
    // A single session gets everything at once: then the network's latency counts only once.
    let mut ahead = asked.len().max(1);
    if sessions.len() > 1 {
        ahead = 1;
        asked.sort_by_key(|(_, long, _)| !long);
    }
    // Shared by the sessions: each takes the next that nobody has taken.
    let waiting = Mutex::new(asked.into_iter());
    let lanes = sessions.iter().copied().map(|client| {
        let mine = iter::from_fn(|| waiting.lock().ok()?.next());
        stream::iter(mine)
            .map(move |(queries, _, sender)| async move {
                let rows = try_join_all(queries.iter().map(|query| ask(client, query, schemas)));
                // Nobody receives any more only when taking has failed, which is told there.
                let _ = sender.send(rows.await?);
                Ok::<_, tokio_postgres::Error>(())
            })
            .buffer_unordered(ahead)
            .try_collect::<()>()
    });
    let read = try_join_all(lanes).await;
    // What waits for rows that do not come any more is let go.
    drop(waiting);
    let taken = taking.await.map_err(|_| CatalogError::Interrupted)?;
    read?;
    taken
}

async fn ask(
    client: &Client,
    query: &Query,
    schemas: &Vec<u32>,
) -> Result<Vec<Row>, tokio_postgres::Error> {
    match query.of_schemas {
        true => client.query(&*query.text, &[schemas]).await,
        false => client.query(&*query.text, &[]).await,
    }
}
