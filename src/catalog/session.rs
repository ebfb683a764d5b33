//! The session that a catalog is read in.

use tokio_postgres::Client;

use super::error::CatalogError;
use crate::kind::ServerVersion;
use crate::server::connect::{Connection, Target};
use crate::sql::quote_literal;

/// One snapshot for everything, and every setting pinned that changes how the server spells names,
/// constants and expressions. The planner is kept from nested loops and merge joins: on a
/// catalog whose statistics are stale it takes them for cheap, and they cost seconds. So do hashes
/// that spill to disk, which a little memory prevents; and parallel workers, each of which builds
/// every hash anew.
const BEGIN: &str = "
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SET LOCAL search_path = '';
SET LOCAL timezone = 'UTC';
SET LOCAL datestyle = 'ISO, YMD';
SET LOCAL intervalstyle = 'postgres';
SET LOCAL extra_float_digits = 3;
SET LOCAL quote_all_identifiers = off;
SET LOCAL xmloption = 'content';
SET LOCAL statement_timeout = 0;
SET LOCAL enable_nestloop = off;
SET LOCAL enable_mergejoin = off;
SET LOCAL work_mem = '64MB';
SET LOCAL max_parallel_workers_per_gather = 0;
SET LOCAL jit = off";

/// The oldest major whose catalog the queries fit.
const OLDEST: u32 = 14;

/// Begins the transaction that all reading happens in.
pub async fn begin(client: &Client) -> Result<ServerVersion, CatalogError> {
    client.batch_execute(BEGIN).await?;
    version(client).await
}

/// A second session that sees what `client` sees, for as long as that one's transaction is open.
/// `None`: the server has no place for one, or it is another server, as a balancer may give; then one
/// has to do.
/// <https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-SNAPSHOT-SYNCHRONIZATION>
pub async fn second(client: &Client, target: &Target) -> Option<Connection> {
    let snapshot = client.query_one("SELECT pg_export_snapshot()", &[]).await.ok()?;
    let snapshot = quote_literal(snapshot.try_get(0).ok()?);
    let second = target.connect().await.ok()?;
    let (begin, settings) = BEGIN.split_once(';')?;
    let joined = format!("{begin}; SET TRANSACTION SNAPSHOT {snapshot};{settings}");
    second.client.batch_execute(&joined).await.ok()?;
    Some(second)
}

/// The server's version.
///
/// # Errors
/// One that the queries do not fit, or a broken connection.
pub async fn version(client: &Client) -> Result<ServerVersion, CatalogError> {
    let row = client.query_one("SELECT current_setting('server_version_num')::int4", &[]).await?;
    let number: i32 = row.try_get(0)?;
    let version = ServerVersion(u32::try_from(number).unwrap_or_default());
    if version.major() < OLDEST {
        return Err(CatalogError::Version { major: version.major() });
    }
    Ok(version)
}

/// Ends it.
pub async fn end(client: &Client) -> Result<(), CatalogError> {
    Ok(client.batch_execute("COMMIT").await?)
}
