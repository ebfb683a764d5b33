//! What can go wrong between the stages.

use miette::Diagnostic;

use crate::server::embedded::EmbeddedError;

/// A failure that no single stage has.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum PipelineError {
    /// Neither an embedded server nor the target's own can hold the shadow database.
    #[error(
        "there is no server for the shadow database: {embedded}; and the target's role may not create databases"
    )]
    #[diagnostic(
        code(pgconverge::pipeline::no_shadow),
        help(
            "three ways out: install PostgreSQL {major} (its server programs, on PATH or where the distribution puts them); \
             or name a server with --shadow-url; or give the target's role CREATEDB"
        )
    )]
    NoShadow { major: u32, embedded: EmbeddedError },
    /// Applying did not lead to what the files say.
    #[error("every step ran, and still the database is not as the files say")]
    #[diagnostic(
        code(pgconverge::pipeline::not_converged),
        help(
            "`pgconverge plan` shows what is left; somebody else may have changed the database meanwhile, or this is a defect of pgconverge"
        )
    )]
    NotConverged,
    /// What all targets have in common could not be made; why is said once.
    #[error("the desired state could not be made")]
    #[diagnostic(
        code(pgconverge::targets::no_state),
        help("that is no matter of this target: see the error of the run")
    )]
    Shared,
    /// The files are to be about a schema that they do not name.
    #[error("the files do not name the schema {schema}, which is to be every tenant's")]
    #[diagnostic(
        code(pgconverge::targets::no_schema),
        help("correct `tenant` in pgconverge.toml; the files name: {known}")
    )]
    NoTenantSchema { schema: String, known: String },
    /// A stage that runs on a thread of its own did not come back.
    #[error("reading the files was interrupted")]
    #[diagnostic(code(pgconverge::pipeline::interrupted), help("run the command again"))]
    Interrupted,
}
