//! What the extension `plpgsql_check` finds beside: types that do not fit. Names are looked up by probes
//! alone, which know of more that may be there when a routine runs.
//! <https://github.com/okbob/plpgsql_check>

use tokio_postgres::{Client, Error};

use super::question::{Objection, byte_at, settings, tried};
use super::subject::{Subject, Variant};
use crate::sql::{quote_identifier, quote_literal};

/// Where it is put, if nobody else has put it anywhere.
const SCHEMA: &str = "pgconverge_extension";

/// SQLSTATE `datatype_mismatch`.
const TYPES_DIFFER: &str = "42804";

/// The schema that has it, once it is there for the time of the transaction; `None`, where the server has not
/// got it, or lets nobody have it.
///
/// # Errors
/// A broken connection.
pub async fn create(client: &Client) -> Result<Option<String>, Error> {
    let known = "SELECT FROM pg_available_extensions WHERE name = 'plpgsql_check'";
    if client.query_opt(known, &[]).await?.is_none() {
        return Ok(None);
    }
    let create = format!(
        "SAVEPOINT extension; CREATE SCHEMA {SCHEMA};
         CREATE EXTENSION IF NOT EXISTS plpgsql_check SCHEMA {SCHEMA}; RELEASE extension"
    );
    if let Err(error) = client.batch_execute(&create).await {
        if error.as_db_error().is_none() {
            return Err(error);
        }
        client.batch_execute("ROLLBACK TO extension").await?;
        return Ok(None);
    }
    let schema =
        "SELECT n.nspname::text FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
                  WHERE e.extname = 'plpgsql_check'";
    client.query_one(schema, &[]).await?.try_get(0).map(Some)
}

/// The types that it has against a body.
///
/// # Errors
/// A broken connection.
pub async fn objections(
    client: &Client,
    schema: &str,
    subject: &Subject,
    variant: &Variant,
    path: &str,
) -> Result<Vec<Objection>, Error> {
    let set = settings(subject, path);
    if tried(client, &format!("{set}SELECT 1")).await?.is_err() {
        return Ok(Vec::new());
    }
    client.batch_execute(&set).await?;
    let relation = match &variant.table {
        Some(table) => format!("{}::pg_catalog.regclass", quote_literal(&table.name)),
        None => "0".to_owned(),
    };
    let query = format!(
        "SELECT lineno, sqlstate, message, coalesce(hint, detail), query, position
         FROM {}.plpgsql_check_function_tb({}::pg_catalog.regprocedure, {relation},
              fatal_errors := false, other_warnings := false, extra_warnings := false,
              performance_warnings := false)
         WHERE level = 'error'",
        quote_identifier(schema),
        subject.oid
    );
    let rows = client.query(&query, &[]).await;
    client.batch_execute("ROLLBACK TO probe").await?;
    let rows = match rows {
        // It is not to be in the way where it does not know something.
        Err(error) if error.as_db_error().is_some() => return Ok(Vec::new()),
        rows => rows?,
    };
    let mut objections = Vec::new();
    for row in rows {
        let code: String = row.try_get(1)?;
        if code != TYPES_DIFFER {
            continue;
        }
        let line = row.try_get::<_, Option<i32>>(0)?.unwrap_or(1);
        let query: Option<String> = row.try_get(4)?;
        let position: Option<i32> = row.try_get(5)?;
        let start = line_start(&subject.source, usize::try_from(line).unwrap_or(1));
        let inside = query.and_then(|query| {
            let found = start + subject.source.get(start..)?.find(&query)?;
            let position = u32::try_from(position.unwrap_or(1)).unwrap_or(1);
            Some(found + byte_at(&query, position))
        });
        let (message, advice) = (row.try_get(2)?, row.try_get(3)?);
        let at = Some(inside.unwrap_or(start));
        objections.push(Objection { message, code, advice, routine: None, at });
    }
    Ok(objections)
}

/// The byte at which a line begins, lines counted from 1.
pub fn line_start(source: &str, line: usize) -> usize {
    source.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum()
}
