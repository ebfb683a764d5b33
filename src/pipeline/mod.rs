//! The stages, composed: what every command is made of.

mod comparison;
mod desired_state;
mod error;
mod open;
mod scope;
mod settings;

pub use comparison::{Outcome, compare, compare_with, first_comparison, from_nothing, read_whole};
pub use desired_state::{DesiredState, desired_state, load};
pub use error::PipelineError;
pub use open::{OpenTarget, open};
pub use scope::Scope;
pub use settings::{Manage, Settings, Talk};

use crate::catalog::Snapshot;
use crate::model::{Canonical, Database};

/// The live database, restricted to what is asked for, with its dependencies left out; and the
/// server's major version.
///
/// # Errors
/// A catalog that cannot be read.
pub async fn live(
    client: &tokio_postgres::Client,
    scope: &Scope,
) -> miette::Result<(Database<Canonical>, u32)> {
    let mut snapshot = Snapshot::read(client).await?;
    let major = snapshot.version().major();
    let mut database = snapshot.take_database();
    snapshot.close().await?;
    scope.restrict(&mut database);
    Ok((database, major))
}
