//! The transaction that a check runs in, and that is always undone.

use std::collections::BTreeMap;

use tokio_postgres::Client;

use super::attempt::{Attempt, Stop};
use crate::catalog::CatalogError;
use crate::sql::quote_literal;

/// Values are written the same way everywhere.
const SETTINGS: &str = "
SET LOCAL search_path = public;
SET LOCAL timezone = 'UTC';
SET LOCAL datestyle = 'ISO, YMD';
SET LOCAL intervalstyle = 'postgres';
SET LOCAL extra_float_digits = 1;
SET LOCAL bytea_output = 'hex';
SET LOCAL xmloption = 'content';
SET LOCAL client_min_messages = warning;
SET LOCAL check_function_bodies = on;
SET LOCAL statement_timeout = 0;
SET LOCAL idle_in_transaction_session_timeout = 0;";

/// Begins it, for `waits` at most wherever somebody has a lock that it needs: others queue behind it.
pub async fn begin(
    attempt: &Attempt<'_>,
    waits: &str,
    settings: &BTreeMap<String, String>,
    kept: Option<&Sequences>,
) -> Result<(), Stop> {
    let mode = if attempt.read_only { "READ ONLY" } else { "READ WRITE" };
    let begin = format!(
        "BEGIN ISOLATION LEVEL READ COMMITTED {mode};{SETTINGS} SET LOCAL lock_timeout = {waits}"
    );
    attempt.control(&begin).await?;
    if let Some(Sequences { keep, .. }) = kept {
        attempt.control(keep).await.map_err(|stop| match stop {
            Stop::Failed(failure) | Stop::Undone(failure) => Stop::NotKept(failure),
            other => other,
        })?;
    }
    for (name, value) in settings {
        let (name, value) = (quote_literal(name), quote_literal(value));
        attempt.control(&format!("SELECT set_config({name}, {value}, true)")).await?;
    }
    Ok(())
}

/// Ends it; and lets go of what a session has beyond its transactions, such as advisory locks.
pub async fn undo(client: &Client) -> Result<(), Stop> {
    client.batch_execute("ROLLBACK").await.map_err(Stop::Broken)?;
    client.batch_execute("DISCARD ALL").await.map_err(Stop::Broken)
}

/// How the positions of sequences are kept. What nextval() does is not undone with its transaction, unless that
/// transaction has altered the sequence: then it has the sequence in new storage, which goes when it is undone.
/// Others wait for the next value meanwhile.
/// <https://www.postgresql.org/docs/current/sql-altersequence.html#id-1.9.3.36.7>
#[derive(Debug, Default)]
pub struct Sequences {
    keep: String,
    /// Those that only another role may alter.
    pub others: Vec<String>,
}

/// To what it is already, so that nothing but the storage changes. Always in the same order, so that two runs do
/// not wait for each other.
const SEQUENCES: &str = "
SELECT c.oid::regclass::text,
       format('ALTER SEQUENCE %s INCREMENT BY %s;', c.oid::regclass, s.seqincrement),
       pg_has_role(c.relowner, 'USAGE')
FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid
WHERE c.relpersistence <> 't'
ORDER BY c.oid";

impl Sequences {
    /// Those of a database.
    pub async fn of(client: &Client) -> Result<Self, CatalogError> {
        // Names with their schemas.
        client.batch_execute("BEGIN; SET LOCAL search_path = ''").await?;
        let rows = client.query(SEQUENCES, &[]).await?;
        client.batch_execute("COMMIT").await?;
        let mut sequences = Self::default();
        for row in rows {
            match row.try_get(2)? {
                true => sequences.keep.push_str(row.try_get(1)?),
                false => sequences.others.push(row.try_get(0)?),
            }
        }
        Ok(sequences)
    }
}
