//! One run of a check: statements within its transaction, and why it may have to stop.

use std::time::Duration;

use tokio_postgres::error::{ErrorPosition, SqlState};
use tokio_postgres::{Client, Error, SimpleQueryMessage};

use super::failure::Failure;
use crate::diagnostic::Sources;
use crate::sql::{Fragment, Place, Sql};

/// Where the statements of a check go.
#[derive(Clone, Copy)]
pub struct Attempt<'a> {
    pub client: &'a Client,
    pub sources: &'a Sources,
    /// Whether the transaction refuses to write, since nothing speaks for it that the check does.
    pub read_only: bool,
    /// The time within which a statement has to answer.
    pub within: Option<Duration>,
}

/// Why a run of a check goes no further.
#[derive(Debug)]
pub enum Stop {
    /// Something is not as it should be.
    Failed(Failure),
    /// A statement took the check out of its transaction.
    Escaped(Failure),
    /// It writes, and the transaction is read only.
    Writes,
    /// Another session was in the way, and the server undid one of the two.
    Undone(Failure),
    /// The positions of sequences cannot be kept, as a rule since others are using them.
    NotKept(Failure),
    /// There is no connection any more.
    Broken(Error),
}

impl Stop {
    /// Shows what is wrong where `place` is, unless a better place is known.
    pub fn or_at(self, place: impl FnOnce() -> Option<String>) -> Self {
        match self {
            Self::Failed(failure) => Self::Failed(failure.or_at(place())),
            Self::Escaped(failure) => Self::Escaped(failure.or_at(place())),
            other => other,
        }
    }
}

/// What a statement gave: text, as the server writes it.
#[derive(Debug, Default)]
pub struct Answer {
    pub columns: Vec<String>,
    pub rows: Vec<Vec<Option<String>>>,
    /// How many rows were given or changed.
    pub count: u64,
}

impl Attempt<'_> {
    /// Runs what a file says.
    pub async fn run(&self, statement: &Fragment) -> Result<Answer, Stop> {
        self.run_sql(&Sql::default().fragment(statement)).await
    }

    /// Runs what comes before that which is looked at. It must not end the transaction: what comes after it would
    /// stay.
    pub async fn prepare(&self, statement: &Fragment) -> Result<(), Stop> {
        self.run(statement).await?;
        self.control("SAVEPOINT inside; RELEASE inside").await
    }

    /// Runs a statement that has parts of a file in it.
    pub async fn run_sql(&self, sql: &Sql) -> Result<Answer, Stop> {
        self.try_sql(sql).await.map_err(|error| self.stop(error, sql))
    }

    /// The same, for who expects an error.
    pub async fn try_sql(&self, sql: &Sql) -> Result<Answer, Error> {
        let mut answer = Answer::default();
        for message in self.client.simple_query(sql.as_str()).await? {
            match message {
                SimpleQueryMessage::RowDescription(columns) => {
                    answer.columns = columns.iter().map(|c| c.name().to_owned()).collect();
                    answer.rows.clear();
                }
                SimpleQueryMessage::Row(row) => {
                    let cells = (0..row.len()).map(|n| row.get(n).map(str::to_owned));
                    answer.rows.push(cells.collect());
                }
                SimpleQueryMessage::CommandComplete(count) => answer.count = count,
                _ => {}
            }
        }
        Ok(answer)
    }

    /// Runs statements of our own.
    pub async fn control(&self, statements: &str) -> Result<(), Stop> {
        let done = self.client.batch_execute(statements).await;
        done.map_err(|error| self.stop(error, &Sql::default()))
    }

    /// What an error means for the check.
    pub fn stop(&self, error: Error, sql: &Sql) -> Stop {
        let Some(refusal) = error.as_db_error() else { return Stop::Broken(error) };
        let code = refusal.code();
        if *code == SqlState::READ_ONLY_SQL_TRANSACTION && self.read_only {
            return Stop::Writes;
        }
        let place = self.place(&error, sql);
        if let (Some(within), &SqlState::QUERY_CANCELED) = (self.within, code) {
            let message = format!("there was no answer within {within:?}");
            return Stop::Failed(Failure { place, ..Failure::new(message) });
        }
        let message = format!("{} (SQLSTATE {})", refusal.message(), code.code());
        let details = [refusal.detail(), refusal.hint(), refusal.where_()];
        let details = details.into_iter().flatten().collect::<Vec<_>>().join("\n");
        let failure = Failure { place, ..Failure::new(message).explained(&details) };
        match *code {
            SqlState::T_R_DEADLOCK_DETECTED | SqlState::T_R_SERIALIZATION_FAILURE => {
                Stop::Undone(failure)
            }
            // The savepoint, or the transaction, that the check was in is not there any more.
            SqlState::NO_ACTIVE_SQL_TRANSACTION | SqlState::S_E_INVALID_SPECIFICATION => {
                Stop::Escaped(failure)
            }
            _ => Stop::Failed(failure),
        }
    }

    /// The line of the file that the server points to; else the one where the statement begins.
    fn place(&self, error: &Error, sql: &Sql) -> Option<String> {
        let start = sql.place_of(0).or_else(|| sql.place_of(sql.len())).map(|(place, _)| place);
        let exact = || -> Option<Place> {
            let position = match error.as_db_error()?.position()? {
                ErrorPosition::Original(position) => usize::try_from(*position).ok()?,
                ErrorPosition::Internal { .. } => return None,
            };
            let mut characters = sql.as_str().char_indices();
            let byte = characters.nth(position.checked_sub(1)?).map_or(sql.len(), |(byte, _)| byte);
            let (place, offset) = sql.place_of(byte)?;
            self.sources.inside_string(place, offset)
        };
        exact().or(start).map(|place| self.sources.describe(place))
    }
}

/// Rows as lines.
pub fn lines(rows: &[Vec<Option<String>>]) -> Vec<String> {
    let cell = |cell: &Option<String>| match cell {
        Some(text) => text.replace('\n', "⏎"),
        None => "(null)".to_owned(),
    };
    rows.iter().map(|row| row.iter().map(cell).collect::<Vec<_>>().join(" | ")).collect()
}
