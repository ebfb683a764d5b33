//! What every partition of a window is divided into.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::{Table, Tables};
use crate::kind::{Kind, is_default};
use crate::model::{Address, Name, Object};
use crate::sql::{Fragment, Place};

/// `[table.….partitions.each]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Each {
    /// The partition key of each: `hash (tenant_id)`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partition_by: Option<Fragment>,
    /// Its partitions, with their bounds; `{name}` in their names is its own.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub partition: IndexMap<Name, Fragment>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub unlogged: bool,
    #[serde(default, rename = "with", skip_serializing_if = "IndexMap::is_empty")]
    pub storage: IndexMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub using: Option<Name>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tablespace: Option<Name>,
}

/// What stands for the name of a partition of the window.
pub const NAME: &str = "{name}";

/// The name of a partition of the partition `of`.
pub fn name_within(template: &str, of: &Name) -> Name {
    template.replace(NAME, of).into()
}

/// A partition of a window from its bounds, and its own partitions after it. What is said of storage
/// is said of those that have some.
pub fn partitions(
    each: Option<&Each>,
    parent: &Address,
    address: Address,
    values: Fragment,
) -> Vec<Object> {
    let partition = |address: Address, of: &Address, spec: Table| {
        let mut object = Object::new(address, spec);
        object.partition_of = Some(of.clone());
        object
    };
    let Some(each) = each else {
        let spec = Table { values: Some(values), ..Table::default() };
        return vec![partition(address, parent, spec)];
    };
    let leaf = |values: Fragment| Table {
        values: Some(values),
        unlogged: each.unlogged,
        storage: each.storage.clone(),
        using: each.using.clone(),
        tablespace: each.tablespace.clone(),
        ..Table::default()
    };
    if each.partition_by.is_none() {
        return vec![partition(address, parent, leaf(values))];
    }
    let spec =
        Table { values: Some(values), partition_by: each.partition_by.clone(), ..Table::default() };
    let mut objects = vec![partition(address.clone(), parent, spec)];
    for (template, values) in &each.partition {
        let name = name_within(template, &address.name);
        let within = Address { name, ..address.clone() };
        objects.push(partition(within, &address, leaf(values.clone())));
    }
    objects
}

/// The address of a partition in the schema of its parent.
pub fn beside(parent: &Address, name: &Name) -> Address {
    Address { schema: parent.schema.clone(), ..Address::global(Tables::TAG, name) }
}

/// A text with the place of something else, which is what a refusal of it is about.
pub fn at(text: String, place: Option<Place>) -> Fragment {
    match place {
        Some(place) => Fragment::at(text, place),
        None => Fragment::new(text),
    }
}
