//! What can go wrong on the round trip.

use miette::Diagnostic;

use crate::catalog::{CatalogError, reason};
use crate::diagnostic::Many;
use crate::model::Renaming;
use crate::plan::PlanError;
use crate::server::connect::ConnectError;

/// A declared state that could not be made canonical.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum CanonicalError {
    /// PostgreSQL refused some of it.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Refused(#[from] Many),
    /// The server of the shadow has no files of something that the declared state needs.
    #[error(transparent)]
    #[diagnostic(transparent)]
    NotInstalled(Many),
    #[error(transparent)]
    #[diagnostic(transparent)]
    Connect(#[from] ConnectError),
    #[error(transparent)]
    #[diagnostic(transparent)]
    Catalog(#[from] CatalogError),
    #[error(transparent)]
    #[diagnostic(transparent)]
    Plan(#[from] PlanError),
    /// PostgreSQL does not let something have the name that it is to get.
    #[error("{renaming}, the files say, but PostgreSQL refuses: {reason}")]
    #[diagnostic(
        code(pgconverge::canonical::rename_refused),
        help("free the new name first, or do without `renamed_from`")
    )]
    Rename { renaming: Box<Renaming>, reason: String },
    /// The shadow database itself failed.
    #[error("the shadow database could not be {doing}: {}", reason(.source))]
    #[diagnostic(
        code(pgconverge::canonical::shadow),
        help(
            "the shadow needs a role that may create databases; name another server for it with --shadow-url"
        )
    )]
    Shadow { doing: &'static str, source: tokio_postgres::Error },
}

impl CanonicalError {
    /// For `map_err`: what was being done to the shadow database.
    pub(super) fn shadow(doing: &'static str) -> impl Fn(tokio_postgres::Error) -> Self {
        move |source| Self::Shadow { doing, source }
    }
}
