//! What can go wrong while rules are asked.

use miette::Diagnostic;

use crate::catalog::{CatalogError, reason};
use crate::diagnostic::Many;

/// Rules that could not be asked.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum LintError {
    /// The files speak of rules that do not exist.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Rules(#[from] Many),
    /// Bodies of routines that a call would fail in.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Routines(Many),
    #[error(transparent)]
    #[diagnostic(transparent)]
    Catalog(#[from] CatalogError),
    /// The server does not answer.
    #[error("the rule {rule} could not be asked: {}", reason(.source))]
    #[diagnostic(
        code(pgconverge::lint::query),
        help("run the command again; if it fails once more, it is a defect of pgconverge")
    )]
    Query { rule: &'static str, source: tokio_postgres::Error },
}
