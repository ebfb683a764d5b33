//! Rows that refer to rows of partitions which a plan takes out of their parents: PostgreSQL refuses that, also
//! where they come back at once.

use std::collections::BTreeMap;

use tokio_postgres::Client;

use crate::catalog::{CatalogError, Referring, referring};
use crate::kind::Doubt;
use crate::kinds;
use crate::model::{Address, Cause, Change, Name, Part, Plan, Reach, Step};

/// What they may have against a plan, each with the change of the partition. What windows let go of was asked
/// about when the plan was made.
pub async fn doubts<'a>(
    plan: &'a Plan,
    client: &Client,
) -> Result<Vec<(&'a Change, Doubt)>, CatalogError> {
    let mut leaving: BTreeMap<(Name, Name), (usize, &Change)> = BTreeMap::new();
    for (n, step) in plan.steps.iter().enumerate() {
        let change = plan.changes.get(&step.address).filter(|change| leaves(step, change));
        let name = step.address.schema.clone().map(|schema| (schema, step.address.name.clone()));
        if let Some((name, change)) = name.zip(change) {
            leaving.entry(name).or_insert((n, change));
        }
    }
    if leaving.is_empty() {
        return Ok(Vec::new());
    }
    let names: Vec<(Name, Name)> = leaving.keys().cloned().collect();
    let found = referring(client, &names).await?;
    let stays = |it: Referring| {
        let (n, change) = leaving.get(&it.partition)?;
        (!plan.steps[..*n].iter().any(|step| ends(plan, step, &it))).then_some((*change, it.doubt))
    };
    Ok(found.into_iter().filter_map(stays).collect())
}

fn leaves(step: &Step, change: &Change) -> bool {
    let from = change.from.as_ref().filter(|from| from.partition_of.is_some());
    let ruled = matches!(change.cause, Some(Cause::Ruled(_)));
    from.is_some() && !ruled && matches!(step.reach, Some(Reach::Leaves(_)))
}

/// Whether the foreign key is gone after a step, or the relation that has it.
fn ends(plan: &Plan, step: &Step, it: &Referring) -> bool {
    let (schema, relation) = &it.relation;
    // It may have another name by then.
    let was = |address: &Address| {
        let mut renamed = plan.renamings.iter().filter(|renaming| renaming.to.address == *address);
        renamed.next().map_or(&address.name, |renaming| &renaming.from.address.name).clone()
    };
    let is = |address: &Address| {
        let on = match &address.relation {
            Some(on) => on == relation && was(address) == it.key,
            None => {
                address.name == *relation && kinds::sections(Some(address.kind)).next().is_some()
            }
        };
        on && address.schema.as_ref() == Some(schema)
    };
    step.unmakes.iter().any(|Part { address, column }| column.is_none() && is(address))
}
