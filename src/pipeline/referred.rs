//! Partitions whose rows others refer to: PostgreSQL takes none of them out of its parent.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::renamed::Renamed;
use crate::catalog::{Referring, Snapshot};
use crate::diff;
use crate::kind::{Fate, Reached, Rolling};
use crate::model::{
    Action, Address, Canonical, Cause, Change, Database, Name, Object, Part, Renaming,
};

/// How many rows are counted.
const MOST: u32 = 1000;

/// The foreign keys by which rows refer to partitions, by schema and name of these, as they are called in the
/// database; and how many rows do.
pub type Referred = BTreeMap<(Name, Name), Vec<(Referring, u32)>>;

/// Asks the rows about the partitions of `live` that rules would take out. `due`: what has another name there.
///
/// # Errors
/// A broken connection.
pub async fn referred(
    snapshot: &Snapshot<'_>,
    rules: &[Arc<dyn Rolling>],
    reached: &BTreeMap<Address, Reached>,
    live: &Database<Canonical>,
    due: &[Renaming],
) -> miette::Result<Referred> {
    let mut found = Referred::new();
    let siblings = diff::by_parent(live);
    let leaving = rules.iter().flat_map(|rule| {
        let parent = diff::as_it_was(&Part::whole(rule.parent()), due).address;
        let partitions = siblings.get(&parent).map_or(&[][..], Vec::as_slice);
        leaving(rule, reached.get(rule.parent()), partitions)
    });
    let names: Vec<(Name, Name)> = leaving.filter_map(name).collect();
    if names.is_empty() {
        return Ok(found);
    }
    for referring in snapshot.referring(&names).await? {
        let rows = snapshot.count(&referring.doubt, MOST).await?;
        if rows > 0 {
            found.entry(referring.partition.clone()).or_default().push((referring, rows));
        }
    }
    Ok(found)
}

/// Those that a rule would take out, if it were for it.
fn leaving<'a>(
    rule: &Arc<dyn Rolling>,
    reached: Option<&Reached>,
    partitions: &[&'a Object],
) -> Vec<&'a Address> {
    let told = rule.goes_by().and_then(|_| rule.told(reached?, partitions));
    let rule = told.as_ref().unwrap_or(rule);
    let leaves = |partition: &Object| {
        // The parent may have had another name.
        let of = Some(rule.parent().clone());
        let renamed = (partition.partition_of != of)
            .then(|| Object { partition_of: of, ..partition.clone() });
        match rule.fate(renamed.as_ref().unwrap_or(partition)) {
            Some(Fate::Becomes(to, _)) => to.partition_of.is_none(),
            Some(Fate::Drops(..)) => true,
            Some(Fate::Stays(_)) | None => false,
        }
    };
    partitions.iter().filter(|it| leaves(it)).map(|it| &it.address).collect()
}

/// The partitions that rules take out in `changes`, and cannot; with what there is to say of each. A foreign key
/// that goes keeps none.
pub fn held(
    changes: &BTreeMap<Address, Change>,
    referred: &Referred,
    renamed: &Renamed,
) -> BTreeMap<Address, String> {
    if referred.is_empty() {
        return BTreeMap::new();
    }
    let goes = |it: &Referring| {
        let is = |address: &Address| {
            let on = address.schema.clone().zip(address.relation.clone());
            address.name == it.key && on.is_some_and(|on| renamed.was(on) == it.relation)
        };
        changes.values().any(|change| change.action == Action::Drop && is(&change.address))
    };
    let held = changes.values().filter_map(|change| {
        let Some(Cause::Ruled(reason)) = &change.cause else { return None };
        let leaves = change.to.as_ref().is_none_or(|to| to.partition_of.is_none());
        change.from.as_ref().filter(|from| leaves && from.partition_of.is_some())?;
        let keys = referred.get(&renamed.was(name(&change.address)?))?;
        let keys: Vec<&(Referring, u32)> = keys.iter().filter(|(key, _)| !goes(key)).collect();
        (!keys.is_empty()).then(|| (change.address.clone(), remark(&change.address, reason, &keys)))
    });
    held.collect()
}

/// The rules that let go of all but these.
pub fn holding(
    rules: &[Arc<dyn Rolling>],
    held: &BTreeMap<Address, String>,
) -> Vec<Arc<dyn Rolling>> {
    let held: BTreeSet<Address> = held.keys().cloned().collect();
    let of = |rule: &Arc<dyn Rolling>| rule.holding(&held).unwrap_or_else(|| Arc::clone(rule));
    rules.iter().map(of).collect()
}

fn remark(partition: &Address, reason: &str, keys: &[&(Referring, u32)]) -> String {
    let refer = keys.iter().map(|(it, rows)| {
        let (schema, relation) = &it.relation;
        let (count, refer) = match *rows {
            1 => ("1 row".to_owned(), "refers"),
            MOST => (format!("{MOST} rows or more"), "refer"),
            rows => (format!("{rows} rows"), "refer"),
        };
        format!("{count} of {schema}.{relation} {refer} to its rows, by {}", it.key)
    });
    let refer: Vec<String> = refer.collect();
    let cascade = match keys.iter().all(|(it, _)| it.cascades) {
        true => format!(", or those of {partition}, which deletes them, too (ON DELETE CASCADE)"),
        false => ", or have them refer to others".to_owned(),
    };
    format!(
        "{partition} would be {reason}, but stays: {}; delete these rows{cascade}, and the next run takes it out",
        refer.join(", and ")
    )
}

fn name(address: &Address) -> Option<(Name, Name)> {
    Some((address.schema.clone()?, address.name.clone()))
}
