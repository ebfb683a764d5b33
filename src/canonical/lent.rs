//! Schemas that the declared state uses and leaves to others, as an extension may be put into one:
//! the shadow has them for the time of the round trip.

use std::collections::BTreeSet;

use tokio_postgres::Client;

use super::error::CanonicalError;
use crate::desired::Declared;
use crate::kinds;
use crate::model::{Address, Canonical, Database, Name};

/// Makes the schemas that are used and that no file declares.
pub async fn lend(declared: &Declared, client: &Client) -> Result<BTreeSet<Name>, CanonicalError> {
    let objects = declared.database.objects.values();
    let used = objects.flat_map(|object| (kinds::row(object.address.kind).1.schemas)(object));
    let own = declared.schemas();
    // Those of the system are there, and no other may have such a name.
    let lent: BTreeSet<Name> =
        used.filter(|name| !own.contains(name) && !name.starts_with("pg_")).collect();
    for name in &lent {
        let create = client.batch_execute(&format!("CREATE SCHEMA IF NOT EXISTS {name}")).await;
        create.map_err(CanonicalError::shadow("filled"))?;
    }
    Ok(lent)
}

/// Forgets them.
pub fn take_back(lent: &BTreeSet<Name>, canonical: &mut Database<Canonical>) {
    let is_lent = |address: &Address| {
        lent.contains(&address.name)
            && (kinds::row(address.kind).1.namespace)(&address.name).is_some()
    };
    canonical.objects.retain(|address, _| !is_lent(address));
    canonical.dependencies.retain(|dependency| {
        !is_lent(&dependency.dependent.address) && !is_lent(&dependency.referenced.address)
    });
}
