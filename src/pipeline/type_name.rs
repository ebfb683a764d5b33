//! How the server shows a type that somebody spells in another way.

use tokio_postgres::Client;

use crate::catalog::CatalogError;

/// The type that `written` means in this session, as a catalog shows it: `int` is `integer`. None, where it has
/// no such type.
///
/// # Errors
/// A broken connection.
pub async fn type_name(client: &Client, written: &str) -> Result<Option<String>, CatalogError> {
    // What is no type at all is an error to some majors, and none to others.
    let found = client.query_one("SELECT to_regtype($1)::oid", &[&written]).await;
    let found = match found {
        Err(error) if error.as_db_error().is_none() => return Err(error.into()),
        Err(_) => None,
        Ok(row) => row.try_get::<_, Option<u32>>(0)?,
    };
    let Some(oid) = found else { return Ok(None) };
    // In one statement, the type would be shown before the path is set.
    client.batch_execute("BEGIN; SET LOCAL search_path = ''").await?;
    let shown = client.query_one("SELECT format_type($1, NULL)", &[&oid]).await?;
    client.batch_execute("COMMIT").await?;
    Ok(Some(shown.try_get(0)?))
}
