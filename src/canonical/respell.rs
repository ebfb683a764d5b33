//! How PostgreSQL spells what it reads in its own spelling.
//!
//! That is not always the same. `x IN ('a', 'b')` over varchar is stored, and shown, as one cast of
//! an array; read again, the cast moves to its elements. So a database restored from a dump
//! differs in spelling from the one that was dumped, and is the same all the same.

use std::collections::BTreeMap;

use tokio_postgres::Client;

use super::error::CanonicalError;
use crate::catalog::Snapshot;
use crate::kinds;
use crate::model::{Address, Canonical, Database, Object, Spec};

/// What such an expression looks like: a cast after the bracket that ends an array constructor.
/// Making anew what merely looks like one costs time and nothing else.
const SUSPECT: &str = "])::";

/// The second spelling of every object that has one.
pub async fn respell(
    canonical: &Database<Canonical>,
    client: &Client,
) -> Result<BTreeMap<Address, Spec>, CanonicalError> {
    let suspects: Vec<&Object> = canonical
        .objects
        .values()
        .filter(|object| object.spec.tree().to_string().contains(SUSPECT))
        .collect();
    if suspects.is_empty() {
        return Ok(BTreeMap::new());
    }
    for object in &suspects {
        make_anew(client, object).await?;
    }
    let mut snapshot = Snapshot::read(client).await?;
    let again = snapshot.take_database()?;
    snapshot.close().await?;
    let respelled = suspects.iter().filter_map(|object| {
        let other = again.objects.get(&object.address)?;
        (other.spec != object.spec).then(|| (object.address.clone(), other.spec.clone()))
    });
    Ok(respelled.collect())
}

/// Makes an object, or the expressions of its columns, from the canonical spelling. One that
/// something else holds on to stays as it is, and has one spelling only.
async fn make_anew(client: &Client, object: &Object) -> Result<(), CanonicalError> {
    let mut script = String::from("BEGIN;\n");
    for step in (kinds::row(object.address.kind).1.reread)(object) {
        script.push_str(step.sql.as_str());
        script.push_str(";\n");
    }
    script.push_str("COMMIT");
    match client.batch_execute(&script).await {
        Err(error) if error.as_db_error().is_some() => client.batch_execute("ROLLBACK").await,
        other => other,
    }
    .map_err(CanonicalError::shadow("read again"))
}
