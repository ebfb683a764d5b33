//! Who has rows for others.

use std::collections::{BTreeMap, BTreeSet};

use super::preflight;
use super::settings::Settings;
use crate::catalog::Snapshot;
use crate::model::{Address, Change};

/// The default partitions with rows that are to go elsewhere, where a plan may move them: any that may have
/// some, if nobody can be asked.
///
/// # Errors
/// A broken connection.
pub async fn giving(
    settings: &Settings,
    changes: &BTreeMap<Address, Change>,
    snapshot: Option<&Snapshot<'_>>,
) -> miette::Result<BTreeSet<String>> {
    let mut giving = BTreeSet::new();
    if !settings.moves {
        return Ok(giving);
    }
    for doubt in changes.values().flat_map(preflight::doubts).filter(|doubt| doubt.moves) {
        let found = match snapshot {
            Some(snapshot) => giving.contains(&doubt.relation) || snapshot.finds(&doubt).await?,
            None => true,
        };
        if found {
            giving.insert(doubt.relation);
        }
    }
    Ok(giving)
}
