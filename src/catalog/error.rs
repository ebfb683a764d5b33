//! What can go wrong while a catalog is read.

use miette::Diagnostic;
use tokio_postgres::error::{DbError, SqlState};

use crate::kind::DecodeError;

/// A catalog that could not be read.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum CatalogError {
    /// The server refused a query, or the connection broke.
    #[error("the catalog could not be read: {}", reason(.0))]
    #[diagnostic(
        code(pgconverge::catalog::query),
        help(
            "reading needs no more than the right to connect; if the connection broke, run the command again"
        )
    )]
    Query(tokio_postgres::Error),
    /// Somebody took from everybody what everybody may read as a rule.
    #[error("the catalog could not be read: {}", reason(.0))]
    #[diagnostic(
        code(pgconverge::catalog::forbidden),
        help(
            "everybody has this right, unless it was taken away; a superuser gives it to the role that connects: {}",
            grant(.0)
        )
    )]
    Forbidden(tokio_postgres::Error),
    /// The server is older than the tool knows how to read.
    #[error("the server is PostgreSQL {major}, and this tool reads 14 and later")]
    #[diagnostic(
        code(pgconverge::catalog::version),
        help("upgrade the server; PostgreSQL supports a major version for five years")
    )]
    Version { major: u32 },
    /// A row that is not what its query promised.
    #[error("the catalog of this server has something unexpected: {0}")]
    #[diagnostic(
        code(pgconverge::catalog::decode),
        help(
            "this is a defect of pgconverge, or a server version that it does not know; please report it with the output of SELECT version()"
        )
    )]
    Decode(#[from] DecodeError),
    /// The process is ending.
    #[error("reading the catalog was interrupted")]
    #[diagnostic(code(pgconverge::catalog::interrupted), help("run the command again"))]
    Interrupted,
}

impl From<tokio_postgres::Error> for CatalogError {
    fn from(error: tokio_postgres::Error) -> Self {
        match error.code() {
            Some(code) if *code == SqlState::INSUFFICIENT_PRIVILEGE => Self::Forbidden(error),
            _ => Self::Query(error),
        }
    }
}

/// The grant that is missing, as far as the server tells: "permission denied for view pg_user_mappings".
fn grant(error: &tokio_postgres::Error) -> String {
    let message = error.as_db_error().map(DbError::message).unwrap_or_default();
    let mut words = message.rsplit(' ');
    let (name, what) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    match what {
        "schema" => format!("GRANT USAGE ON SCHEMA {name} TO …"),
        "function" => format!("GRANT EXECUTE ON FUNCTION pg_catalog.{name} TO …"),
        _ => format!("GRANT SELECT ON pg_catalog.{name} TO …"),
    }
}

/// The server's own message and SQLSTATE where there is one.
#[must_use]
pub fn reason(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        Some(refusal) => format!("{} (SQLSTATE {})", refusal.message(), refusal.code().code()),
        None => error.to_string(),
    }
}
