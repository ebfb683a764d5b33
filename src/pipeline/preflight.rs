//! The rows, asked before the first step of a plan.

use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use super::desired_state::DesiredState;
use super::settings::Talk;
use crate::catalog::reason;
use crate::diagnostic::{Located, Many};
use crate::kind::Doubt;
use crate::kinds;
use crate::model::{Action, Change, Part, Plan};

/// How many rows in the way are counted.
const MOST: i64 = 1000;

const USUAL: &str = "change or remove these rows, or the files; nothing was done";

const MOVE: &str = "with `--allow copy` the plan moves them to where they belong, if another partition takes \
                    them; or change them, or the files; nothing was done";

/// How many are shown.
const SHOWN: i64 = 3;

/// Asks whether rows are in the way of a plan, without changing anything. What the plan itself makes cannot
/// be asked yet, and is not; why anything else could not be asked is said.
///
/// # Errors
/// A server that takes no changes; rows that are in the way, with how many they are and which.
pub async fn preflight(
    plan: &Plan,
    desired: &DesiredState,
    client: &Client,
    talk: Talk<'_>,
) -> miette::Result<()> {
    let recovering = client.query_one("SELECT pg_is_in_recovery()", &[]).await;
    if recovering.and_then(|row| row.try_get(0)).is_ok_and(|standby: bool| standby) {
        let message = "the server is a standby, which takes no changes";
        return Err(Located::new("pgconverge::preflight::standby", message)
            .help("name its primary, or several hosts with target_session_attrs=read-write")
            .into());
    }
    let mut problems = Vec::new();
    for change in plan.changes.values() {
        for doubt in doubts(change) {
            if std::iter::once(&doubt.relation).chain(&doubt.other).any(|it| plan.renames(it)) {
                let address = &change.address;
                talk(&format!("{address}: its rows are not asked, since names change before"));
                continue;
            }
            match ask(&doubt, change, client).await {
                Ok(None) => {}
                Ok(Some(found)) => {
                    let problem = Located::new("pgconverge::preflight::rows", found)
                        .help(if doubt.moves { MOVE } else { USUAL });
                    let declared = &desired.declared;
                    let place = declared.places.find(&Part::whole(&change.address));
                    problems.push(match place {
                        Some(place) => problem.at(&declared.sources, place, "declared here"),
                        None => problem,
                    });
                }
                Err(error) if is_to_come(&error) => {}
                // The run will say so.
                Err(error) if error.is_closed() => return Ok(()),
                Err(error) => {
                    let (address, reason) = (&change.address, reason(&error));
                    talk(&format!("warning: {address}: its rows could not be asked: {reason}"));
                }
            }
        }
    }
    if problems.is_empty() {
        return Ok(());
    }
    let headline = "Rows are in the way of the plan".to_owned();
    Err(Many { headline, problems: problems.into() }.into())
}

/// What rows may have against a change.
pub fn doubts(change: &Change) -> Vec<Doubt> {
    let Some(to) = &change.to else { return Vec::new() };
    let from = change.from.as_ref().filter(|_| change.action == Action::Alter);
    match change.action {
        Action::Drop => Vec::new(),
        _ => (kinds::row(change.address.kind).1.doubts)(from, to),
    }
}

/// What is found, in words; nothing, if nothing is.
async fn ask(
    doubt: &Doubt,
    change: &Change,
    client: &Client,
) -> Result<Option<String>, tokio_postgres::Error> {
    let path = match &change.address.schema {
        Some(schema) if &**schema != "public" => format!("{schema}, public"),
        _ => "public".to_owned(),
    };
    // Rows that a policy would hide are in the way as well: where they may not be seen, it is an error. Nobody
    // is waited for, and nobody waits behind us: whoever holds a table alone is the run's business.
    let begin = format!(
        "BEGIN READ ONLY; SET LOCAL search_path = {path}; SET LOCAL row_security = off;
         SET LOCAL timezone = 'UTC'; SET LOCAL lock_timeout = '1ms'"
    );
    client.batch_execute(&begin).await?;
    let relations =
        doubt.other.iter().fold(doubt.relation.clone(), |all, other| format!("{all}, {other}"));
    let lock = format!("LOCK TABLE {relations} IN ACCESS SHARE MODE NOWAIT");
    let answer = match client.batch_execute(&lock).await {
        Ok(()) => answer(doubt, client).await,
        Err(error) => Err(error),
    };
    client.batch_execute("ROLLBACK").await?;
    answer
}

/// The columns of the primary key of a relation, if it has one.
const KEY: &str = "
SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY array_position(i.indkey::int2[], a.attnum))
FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey::int2[])
WHERE i.indisprimary AND i.indrelid = to_regclass($1)";

async fn answer(doubt: &Doubt, client: &Client) -> Result<Option<String>, tokio_postgres::Error> {
    let key: Option<String> = client.query_one(KEY, &[&doubt.relation]).await?.try_get(0)?;
    let shown: Vec<&str> = doubt.shown.iter().map(|name| &**name).collect();
    let shown = match (shown.is_empty(), key) {
        (false, _) => crate::sql::identifier_list(shown),
        (true, Some(key)) => key,
        (true, None) => "it.ctid".to_owned(),
    };
    let query = format!(
        "SELECT count(*), array_agg(shown) FILTER (WHERE number <= {SHOWN})
         FROM (SELECT row_number() OVER () AS number, found.shown
               FROM (SELECT concat_ws(', ', {shown}) AS shown {} LIMIT {MOST}) found) numbered",
        doubt.from.as_str()
    );
    let row = client.query_one(&query, &[]).await?;
    let count: i64 = row.try_get(0)?;
    let shown: Option<Vec<String>> = row.try_get(1)?;
    if count == 0 {
        return Ok(None);
    }
    let count = if count < MOST { count.to_string() } else { format!("{MOST} or more") };
    let shown = shown.unwrap_or_default().into_iter().map(|it| format!("({it})"));
    let shown = shown.collect::<Vec<_>>().join(", ");
    Ok(Some(format!("{}: {count}, such as {shown}", doubt.what)))
}

/// Whether something was asked for that the plan is yet to make, or to change.
fn is_to_come(error: &tokio_postgres::Error) -> bool {
    const TO_COME: [SqlState; 7] = [
        SqlState::UNDEFINED_TABLE,
        SqlState::UNDEFINED_COLUMN,
        SqlState::UNDEFINED_FUNCTION,
        SqlState::UNDEFINED_OBJECT,
        SqlState::INVALID_SCHEMA_NAME,
        SqlState::DATATYPE_MISMATCH,
        SqlState::INVALID_TEXT_REPRESENTATION,
    ];
    error.code().is_some_and(|code| TO_COME.contains(code))
}
