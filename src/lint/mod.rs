//! Defects that PostgreSQL accepts: rules over the desired state, each in a file of its own.
//!
//! Most rules are questions to the catalog of the shadow, where the declared state has been made:
//! the server knows types, operator classes and predicates, and proves what can be proved.

mod allow;
mod ask;
mod error;
mod finding;
mod levels;
mod proof;
mod report;
mod routine;
mod rule;
mod rules;
mod sizes;

use tokio_postgres::Client;

pub use error::LintError;
pub use finding::Finding;
pub use levels::{Level, Levels};
pub use report::{json, junit, markdown, reports, sarif, summary};
pub use rule::{Find, Fix, Noticed, Rule, Severity};
pub use rules::RULES;
pub use sizes::add_sizes;

use finding::Raised;
use rules::ROUTINE_BODY;

use crate::catalog::Snapshot;
use crate::desired::Declared;

/// What the rules find in the declared state, which `snapshot` shows as made on the server that
/// `client` is connected to: in the order of the files, without what these allow. Closes the snapshot.
///
/// # Errors
/// A rule that is allowed and does not exist; a question that the server does not answer.
pub async fn lint(
    client: &Client,
    snapshot: Snapshot<'_>,
    declared: &Declared,
    levels: &Levels,
) -> Result<Vec<Finding>, LintError> {
    allow::check_rules(declared)?;
    let mut raised = Vec::new();
    for rule in RULES {
        raised.extend(ask::raised(rule, client, &snapshot, declared).await?);
    }
    raised.extend(in_bodies(client, snapshot, declared).await?);
    Ok(allow::judge(raised, declared, levels))
}

/// Refuses a declared state with a routine whose body is wrong, if that is an error to the project: a call
/// would fail. The rest is as with [`lint`].
///
/// # Errors
/// Those of [`lint`], and [`LintError::Routines`].
pub async fn routines(
    client: &Client,
    snapshot: Snapshot<'_>,
    declared: &Declared,
    levels: &Levels,
) -> Result<(), LintError> {
    let raised = in_bodies(client, snapshot, declared).await?;
    let mut only: Levels = Levels(RULES.iter().map(|r| (r.name.to_owned(), Level::Off)).collect());
    if levels.refuse_routines() {
        only.0.insert(ROUTINE_BODY.name.to_owned(), Level::Error);
    }
    let findings = allow::judge(raised, declared, &only);
    if findings.is_empty() {
        return Ok(());
    }
    Err(LintError::Routines(report::refusal(&findings, &declared.sources)))
}

async fn in_bodies(
    client: &Client,
    snapshot: Snapshot<'_>,
    declared: &Declared,
) -> Result<Vec<Raised>, LintError> {
    let routines = routine::declared_routines(client, &snapshot).await?;
    snapshot.close().await?;
    routine::raised(client, &routines, declared).await
}
