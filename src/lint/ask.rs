//! Asking a rule.

use serde_json::Value;
use tokio_postgres::{Client, Row, SimpleQueryMessage};

use super::error::LintError;
use super::finding::Raised;
use super::rule::{Find, Rule};
use crate::catalog::Snapshot;
use crate::desired::Declared;
use crate::model::Part;

/// Everything that a rule finds.
///
/// # Errors
/// A question that the server does not answer.
pub(super) async fn raised(
    rule: &'static Rule,
    client: &Client,
    snapshot: &Snapshot<'_>,
    declared: &Declared,
) -> Result<Vec<Raised>, LintError> {
    let failed = |source| LintError::Query { rule: rule.name, source };
    let mut found = Vec::new();
    match rule.find {
        Find::Catalog(query) => {
            for row in client.query(query, &[]).await.map_err(failed)? {
                found.extend(decode(rule, &row, row.len(), snapshot).map_err(failed)?);
            }
        }
        Find::Proof(query) => {
            let begin = "SET LOCAL constraint_exclusion = on; SAVEPOINT probe";
            client.batch_execute(begin).await.map_err(failed)?;
            for row in client.query(query, &[]).await.map_err(failed)? {
                let last = row.len() - 1;
                let probe: String = row.try_get(last).map_err(failed)?;
                if has_no_rows(client, &probe).await.map_err(failed)? {
                    found.extend(decode(rule, &row, last, snapshot).map_err(failed)?);
                }
            }
            client.batch_execute("RELEASE probe").await.map_err(failed)?;
        }
        Find::Declared(look) => {
            let one =
                |(part, message)| Raised { rule, part, message, other: None, safe: true, at: None };
            found.extend(look(declared).into_iter().map(one));
        }
        Find::Bodies | Find::Judging => {}
    }
    Ok(found)
}

/// A row, of whose columns the first `width` count. Nothing, where the object is none of ours, as
/// what an extension owns.
fn decode(
    rule: &'static Rule,
    row: &Row,
    width: usize,
    snapshot: &Snapshot<'_>,
) -> Result<Option<Raised>, tokio_postgres::Error> {
    let Some(address) = snapshot.address(row.try_get(0)?, row.try_get(1)?) else {
        return Ok(None);
    };
    let column: Option<String> = row.try_get(2)?;
    let part = Part { address: address.clone(), column: column.map(Into::into) };
    let other = if width > 4 {
        let (catalog, object): (Option<u32>, Option<u32>) = (row.try_get(4)?, row.try_get(5)?);
        catalog.zip(object).and_then(|(catalog, object)| snapshot.address(catalog, object))
    } else {
        None
    };
    let other = other.map(Part::whole);
    let safe = if width > 6 { row.try_get(6)? } else { true };
    Ok(Some(Raised { rule, part, message: row.try_get(3)?, other, safe, at: None }))
}

/// Whether the planner can prove that a query has no rows: it then plans a filter that is false once
/// and for all. Needs a savepoint `probe`. What it refuses to plan, as where a function fails on the constants given to it, is
/// not proved.
/// <https://www.postgresql.org/docs/current/runtime-config-query.html#GUC-CONSTRAINT-EXCLUSION>
async fn has_no_rows(client: &Client, query: &str) -> Result<bool, tokio_postgres::Error> {
    let explained = client.simple_query(&format!("EXPLAIN (FORMAT JSON) {query}")).await;
    let messages = match explained {
        Ok(messages) => messages,
        Err(error) if error.as_db_error().is_some() => {
            client.batch_execute("ROLLBACK TO probe").await?;
            return Ok(false);
        }
        Err(error) => return Err(error),
    };
    let text = messages.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0),
        _ => None,
    });
    let plan: Value = text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let filter = plan.pointer("/0/Plan/One-Time Filter").and_then(Value::as_str);
    Ok(filter == Some("false"))
}
