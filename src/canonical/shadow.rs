//! The shadow database: made for one round trip, and gone after it.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio_postgres::Client;

use super::error::CanonicalError;
use crate::desired::Declared;
use crate::model::Name;
use crate::server::connect::{Connection, Target};
use crate::sql::{quote_identifier, quote_literal};

/// The server that shadow databases are made on.
#[derive(Debug)]
pub struct Shadow {
    /// Any database of it from which others can be created.
    pub target: Target,
    /// Whether the server is ours alone: then roles that the files mention are made there too.
    pub private: bool,
}

/// A shadow database, connected to.
#[derive(Debug)]
pub struct ShadowDatabase {
    name: String,
    connection: Connection,
    maintenance: Connection,
}

/// What every shadow database's name begins with.
const PREFIX: &str = "pgconverge_shadow_";

/// Tells the shadow databases of one process apart.
static NEXT: AtomicU32 = AtomicU32::new(0);

impl Shadow {
    /// A new, empty database, without even the schema `public`, on a server with these roles and
    /// tablespaces if it is ours.
    pub(super) async fn create_empty(
        &self,
        roles: &BTreeSet<Name>,
        spaces: &BTreeSet<Name>,
    ) -> Result<ShadowDatabase, CanonicalError> {
        let database = self.create_with(roles, spaces).await?;
        let client = &database.connection.client;
        client
            .batch_execute("DROP SCHEMA public")
            .await
            .map_err(CanonicalError::shadow("emptied"))?;
        Ok(database)
    }

    /// A new database with what every new database has, for who wants more of one than a round trip.
    ///
    /// # Errors
    /// A server that cannot be connected to, or that lets nobody create a database.
    pub async fn create_usual(
        &self,
        declared: &Declared,
    ) -> Result<ShadowDatabase, CanonicalError> {
        self.create_with(&declared.roles(), &declared.tablespaces()).await
    }

    async fn create_with(
        &self,
        roles: &BTreeSet<Name>,
        spaces: &BTreeSet<Name>,
    ) -> Result<ShadowDatabase, CanonicalError> {
        let maintenance = self.target.connect().await?;
        let name =
            format!("{PREFIX}{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let client = &maintenance.client;
        sweep(client).await?;
        hold(client, &name).await.map_err(CanonicalError::shadow("reserved"))?;
        if self.private {
            create_roles(client, roles).await.map_err(CanonicalError::shadow("given roles"))?;
            let spaces = create_tablespaces(client, spaces).await;
            spaces.map_err(CanonicalError::shadow("given tablespaces"))?;
        }
        let strategy = strategy(client).await.map_err(CanonicalError::shadow("created"))?;
        let create = format!(
            "CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C' {strategy}",
            quote_identifier(&name)
        );
        client.batch_execute(&create).await.map_err(CanonicalError::shadow("created"))?;
        let connection = self.target.with_database(&name).connect().await?;
        Ok(ShadowDatabase { name, connection, maintenance })
    }
}

impl ShadowDatabase {
    pub(super) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// The database's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Drops it, other sessions or not.
    ///
    /// # Errors
    /// A broken connection.
    pub async fn drop(self) -> Result<(), CanonicalError> {
        drop(self.connection);
        let sql = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", quote_identifier(&self.name));
        self.maintenance.client.batch_execute(&sql).await.map_err(CanonicalError::shadow("dropped"))
    }
}

/// Shows that `name` is in use for as long as this session lives: whoever can take the lock knows
/// that the run which made the database is over.
async fn hold(client: &Client, name: &str) -> Result<(), tokio_postgres::Error> {
    let sql = format!("SELECT pg_advisory_lock(hashtextextended({}, 0))", quote_literal(name));
    client.batch_execute(&sql).await
}

/// Copying files takes two checkpoints, which others would wait for, except on a server that syncs
/// nothing: there it is much faster than copying blocks through the log.
/// <https://www.postgresql.org/docs/current/sql-createdatabase.html>
async fn strategy(client: &Client) -> Result<&'static str, tokio_postgres::Error> {
    let question = "SELECT current_setting('fsync') = 'off'
                       AND current_setting('server_version_num')::int4 >= 150000";
    let may = client.query_one(question, &[]).await?.try_get(0)?;
    Ok(if may { "STRATEGY file_copy" } else { "" })
}

/// Drops the shadow databases that crashed runs have left on a server.
///
/// # Errors
/// A broken connection. A database that cannot be dropped is left for the next run.
pub async fn sweep(client: &Client) -> Result<(), CanonicalError> {
    let stale = "SELECT datname::text FROM pg_database
                 WHERE starts_with(datname, $1)
                   AND pg_try_advisory_lock(hashtextextended(datname, 0))";
    let rows =
        client.query(stale, &[&PREFIX]).await.map_err(CanonicalError::shadow("looked for"))?;
    for row in rows {
        let name: String = row.try_get(0).map_err(CanonicalError::shadow("looked for"))?;
        let drop = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", quote_identifier(&name));
        // Another role's leftover is that role's to drop.
        let _ = client.batch_execute(&drop).await;
        let unlock =
            format!("SELECT pg_advisory_unlock(hashtextextended({}, 0))", quote_literal(&name));
        client.batch_execute(&unlock).await.map_err(CanonicalError::shadow("looked for"))?;
    }
    Ok(())
}

async fn create_roles(
    client: &Client,
    roles: &BTreeSet<Name>,
) -> Result<(), tokio_postgres::Error> {
    for role in roles {
        let row = client.query_one("SELECT to_regrole($1) IS NULL", &[&role.to_string()]).await?;
        if row.try_get(0)? {
            client.batch_execute(&format!("CREATE ROLE {role}")).await?;
        }
    }
    Ok(())
}

/// Makes the tablespaces that are missing, in the server's own directory.
/// <https://www.postgresql.org/docs/current/runtime-config-developer.html>
///
/// # Errors
/// A broken connection, or a server that lets nobody do that.
pub async fn create_tablespaces(
    client: &Client,
    names: &BTreeSet<Name>,
) -> Result<(), tokio_postgres::Error> {
    for name in names {
        let known = "SELECT NOT EXISTS (SELECT FROM pg_tablespace WHERE spcname = $1)";
        if client.query_one(known, &[&&**name]).await?.try_get(0)? {
            client.batch_execute("SET allow_in_place_tablespaces = on").await?;
            client.batch_execute(&format!("CREATE TABLESPACE {name} LOCATION ''")).await?;
        }
    }
    Ok(())
}
