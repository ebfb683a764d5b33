//! Secrets, which the files only point to.

use crate::kinds;
use crate::model::{Canonical, Database};
use crate::sql::Variables;

/// Gives live values the form that they have in the files where they are what `variables` hold, or where
/// that cannot be told. Returns what there is to say of the latter.
pub fn recognise(
    desired: &Database<Canonical>,
    live: &mut Database<Canonical>,
    variables: Variables<'_>,
) -> Vec<String> {
    let mut remarks = Vec::new();
    for (address, object) in &desired.objects {
        let row = kinds::row(address.kind).1;
        if !row.has_secrets {
            continue;
        }
        let Some(there) = live.objects.get_mut(address) else { continue };
        let untold = (row.recognise)(there, object, variables);
        remarks.extend(
            untold.into_iter().flatten().map(|why| {
                format!("{why}, so what {address} has is taken for what it should have")
            }),
        );
    }
    remarks
}
