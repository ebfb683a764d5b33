//! What a run that was killed has left in a shadow server.

use tokio_postgres::{Config, NoTls};

use super::EmbeddedError;

/// Drops the databases whose names begin with `pgconverge_shadow_`, and all roles but the
/// server's own: a role that is left would hide that the next state mentions one that is missing.
///
/// # Errors
/// [`EmbeddedError::NoAnswer`].
pub(super) async fn drop_leftovers(config: &Config) -> Result<(), EmbeddedError> {
    work(config).await.map_err(|error| EmbeddedError::NoAnswer {
        reason: error
            .as_db_error()
            .map_or_else(|| error.to_string(), |answer| answer.message().to_owned()),
    })
}

async fn work(config: &Config) -> Result<(), tokio_postgres::Error> {
    let (client, connection) = config.connect(NoTls).await?;
    let connection = tokio::spawn(connection);
    for statements in [DROP_DATABASES, DROP_ROLES] {
        for row in client.query(statements, &[]).await? {
            if let Some(statement) = row.try_get::<_, Option<String>>(0)? {
                client.batch_execute(&statement).await?;
            }
        }
    }
    drop(client);
    // Its end is of no interest, but it should have one before the connection is left alone.
    let _ = connection.await;
    Ok(())
}

const DROP_DATABASES: &str = r"
    SELECT format('DROP DATABASE %I WITH (FORCE)', datname)
    FROM pg_catalog.pg_database
    WHERE datname LIKE 'pgconverge\_shadow\_%'";

/// In one statement: roles can depend on one another by memberships granted.
const DROP_ROLES: &str = r"
    SELECT 'DROP ROLE ' || string_agg(quote_ident(rolname), ', ')
    FROM pg_catalog.pg_roles
    WHERE rolname NOT LIKE 'pg\_%' AND rolname <> current_user";
