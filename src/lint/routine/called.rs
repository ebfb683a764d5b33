//! Calling what can be called without harm: it reads only, and needs no argument.

use tokio_postgres::{Client, Error};

use super::extension::line_start;
use super::question::{Objection, settings, tried};
use super::subject::Subject;
use crate::sql::quote_identifier;

/// How long a call may take; one that takes longer has said nothing.
const LONGEST: &str = "SET LOCAL statement_timeout = '2s'";

/// What a call of a routine comes upon, if that is the fault of its body and of nothing else: no name is
/// missing that a caller's search path may find, nobody raised it, and it is in no routine called from there.
///
/// # Errors
/// A broken connection.
pub async fn objection(
    client: &Client,
    subject: &Subject,
    path: &str,
) -> Result<Option<Objection>, Error> {
    if !subject.is_callable {
        return Ok(None);
    }
    let (schema, name) = (quote_identifier(&subject.schema), quote_identifier(&subject.name));
    let set = settings(subject, path);
    let call = format!("{set}{LONGEST};\nSELECT {schema}.{name}()");
    let Err(error) = tried(client, &call).await? else { return Ok(None) };
    let code = error.code().code();
    let context = error.where_().unwrap_or_default();
    let is_own = context.matches("PL/pgSQL").count() == 1 && error.position().is_none();
    let counts = matches!(code, "42804" | "2F005");
    if !counts || !is_own || error.routine() == Some("exec_stmt_raise") {
        return Ok(None);
    }
    let mut objection = Objection::new(&error);
    objection.at = Some(line_of_context(&subject.source, Some(context)));
    Ok(Some(objection))
}

/// Where the line begins that the first line of an error's context ends with.
pub fn line_of_context(source: &str, context: Option<&str>) -> usize {
    let first = context.unwrap_or_default().lines().next().unwrap_or_default();
    let mut numbers = first.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty());
    let line = numbers.next_back().and_then(|n| n.parse().ok()).unwrap_or(1);
    line_start(source, line)
}
