//! The round trip: the declared state is made in a shadow database and read back, so that both
//! sides of a comparison are spelled by PostgreSQL itself.

mod build;
mod cache;
mod error;
mod lent;
mod names;
mod refusal;
mod renamed;
mod respell;
mod shadow;
mod stated;
mod tenants;

pub use cache::{Cache, Key, write_whole};
pub use error::CanonicalError;
pub use renamed::{Outlook, renamed};
pub use shadow::{Shadow, ShadowDatabase, create_tablespaces, sweep};
pub use tenants::{in_schemas, named_in_text};

use tokio_postgres::Client;

use crate::catalog::Snapshot;
use crate::desired::Declared;
use crate::model::{Canonical, Database};

/// The declared state as the server of `shadow` spells it.
///
/// # Errors
/// Whatever the server refuses of the declared state, shown where it was written; a shadow
/// database that cannot be made or read.
pub async fn canonicalize(
    declared: &Declared,
    shadow: &Shadow,
) -> Result<Database<Canonical>, CanonicalError> {
    let close = async |_: &Client, snapshot: Snapshot<'_>| snapshot.close().await;
    let (canonical, closed) = canonicalize_and(declared, shadow, close).await?;
    closed?;
    Ok(canonical)
}

/// The same, and what `look` makes of the shadow database while the declared state is there. It closes the
/// snapshot.
///
/// # Errors
/// Those of [`canonicalize`].
pub async fn canonicalize_and<T>(
    declared: &Declared,
    shadow: &Shadow,
    look: impl AsyncFnOnce(&Client, Snapshot<'_>) -> T,
) -> Result<(Database<Canonical>, T), CanonicalError> {
    let database = shadow.create_empty(&declared.roles(), &declared.tablespaces()).await?;
    let result = round_trip(declared, &database, look).await;
    // The database goes whether or not the trip succeeded; what went wrong first is what counts.
    let dropped = database.drop().await;
    let result = result?;
    dropped?;
    Ok(result)
}

async fn round_trip<T>(
    declared: &Declared,
    database: &ShadowDatabase,
    look: impl AsyncFnOnce(&Client, Snapshot<'_>) -> T,
) -> Result<(Database<Canonical>, T), CanonicalError> {
    let client = &database.connection().client;
    let lent = lent::lend(declared, client).await?;
    build::build(declared, client).await?;
    let resolved = stated::resolve(&declared.database, client).await?;
    let mut snapshot = Snapshot::read(client).await?;
    let mut canonical = snapshot.take_database()?;
    canonical.dependencies = snapshot.dependencies().await?;
    canonical.natures = snapshot.natures().await?;
    canonical.written = stated::written(&declared.database, &resolved, &snapshot, &canonical);
    stated::state(&declared.database, snapshot.version().major(), &mut canonical);
    let seen = look(client, snapshot).await;
    // One that failed may have left its transaction behind.
    client.batch_execute("ROLLBACK").await.map_err(CanonicalError::shadow("read again"))?;
    lent::take_back(&lent, &mut canonical);
    names::mark_chosen(&declared.database, &mut canonical);
    names::carry_former(&declared.database, &mut canonical);
    canonical.respelled = respell::respell(&canonical, client).await?;
    Ok((canonical, seen))
}
