//! Routines whose body the server does not accept, as it is now.
//!
//! The server is asked as it asks itself when a routine is created, by the validator of the language: a body in
//! SQL is analysed against the tables there are; one in PL/pgSQL is compiled, which finds errors of its own
//! syntax, and not what its queries mean. Nothing is called: a body that fails when it is called is for a
//! declared check to find.

use tokio_postgres::{Client, Row};

use super::Reach;
use crate::catalog::CatalogError;
use crate::verify::failure::Failure;

/// The validator of each routine, called under the settings that the routine has. What an extension has made is
/// the extension's.
/// <https://www.postgresql.org/docs/current/plhandler.html#PLHANDLER-VALIDATION>
const ROUTINES: &str = "
SELECT n.nspname || '.' || p.proname,
       p.oid::regprocedure::text,
       concat(
           format('SELECT set_config(%L, %L, true);', 'search_path', quote_ident(n.nspname) || ', public'),
           (SELECT string_agg(format('SELECT set_config(%L, %L, true);',
                                     split_part(s, '=', 1), substr(s, strpos(s, '=') + 1)), '')
            FROM unnest(p.proconfig) AS s),
           format('SELECT %s(%s);', l.lanvalidator::regproc, p.oid))
FROM pg_proc p
JOIN pg_namespace n ON n.oid = p.pronamespace
JOIN pg_language l ON l.oid = p.prolang
WHERE l.lanvalidator <> 0 AND p.prokind <> 'a'
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND ($1::text[] IS NULL OR n.nspname = ANY ($1))
  AND NOT EXISTS (SELECT FROM pg_depend d
                  WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
ORDER BY 1, 2";

const BEGIN: &str = "BEGIN; SET LOCAL check_function_bodies = on; SET LOCAL search_path = ''";

pub async fn routines(client: &Client, reach: &Reach) -> Result<Option<Failure>, CatalogError> {
    client.batch_execute(BEGIN).await?;
    let rows = client.query(ROUTINES, &[&reach.schemas]).await?;
    let lines = refused(client, reach, &rows).await;
    client.batch_execute("ROLLBACK").await?;
    let lines = lines?;
    let message = "the server does not accept the body of these";
    Ok((!lines.is_empty()).then(|| Failure::new(message).found(lines)))
}

async fn refused(
    client: &Client,
    reach: &Reach,
    rows: &[Row],
) -> Result<Vec<String>, tokio_postgres::Error> {
    let mut routines: Vec<(&str, &str)> = Vec::new();
    for row in rows {
        if !reach.ignores(row.try_get(0)?) {
            routines.push((row.try_get(1)?, row.try_get(2)?));
        }
    }
    // All at once; only when one of them is refused, one by one.
    let script: String = routines.iter().map(|(_, validate)| apart(validate)).collect();
    client.batch_execute("SAVEPOINT routines").await?;
    let mut lines = Vec::new();
    if let Err(error) = client.batch_execute(&script).await {
        if error.as_db_error().is_none() {
            return Err(error);
        }
        client.batch_execute("ROLLBACK TO routines").await?;
        for (routine, validate) in routines {
            let Err(error) = client.batch_execute(&apart(validate)).await else { continue };
            let Some(refusal) = error.as_db_error() else { return Err(error) };
            let (message, code) = (refusal.message(), refusal.code().code());
            lines.push(format!("{routine}: {message} (SQLSTATE {code})"));
            client.batch_execute("ROLLBACK TO routines").await?;
        }
    }
    Ok(lines)
}

/// Settings of one routine are not those of the next.
fn apart(validate: &str) -> String {
    format!("SAVEPOINT routine; {validate} ROLLBACK TO routine; RELEASE routine;\n")
}
