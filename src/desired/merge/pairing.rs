//! Which object of a database is the one that a file declares.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::entries::DeclaredEntry;
use crate::desired::tree::attributes;
use crate::model::{Address, Name, Object, Tag};

/// The objects of one database, to be found by those that a file declares.
#[derive(Debug)]
pub struct Pairing<'a> {
    objects: &'a BTreeMap<Address, Object>,
    /// Objects in sections without names, by what they are on and the section.
    unnamed: HashMap<(Site, &'static str), &'a Object>,
    /// Routines that are the only one of their name that nobody looks for, where only one is looked for in vain:
    /// the same with other argument types.
    routines: HashMap<Routine, &'a Object>,
}

/// What an object is a part of: a table as whose partition, or the schema and the relation.
type Site = (Option<Address>, Option<Name>, Option<Name>);
type Routine = (Tag, Option<Name>, Name);

impl<'a> Pairing<'a> {
    /// `wanted` are the addresses that will be looked for.
    pub fn new(objects: &'a BTreeMap<Address, Object>, wanted: &HashSet<Address>) -> Self {
        let mut unnamed = HashMap::new();
        let mut left: HashMap<Routine, Vec<&'a Object>> = HashMap::new();
        for object in objects.values() {
            if object.address.arguments.is_some() {
                if !wanted.contains(&object.address) {
                    left.entry(routine(&object.address)).or_default().push(object);
                }
            } else if let Some((section, _)) = attributes(object)
                && !section.named
            {
                unnamed.insert((site(object), section.key), object);
            }
        }
        let mut in_vain: HashMap<Routine, usize> = HashMap::new();
        for address in wanted.iter().filter(|it| it.arguments.is_some()) {
            if !objects.contains_key(address) {
                *in_vain.entry(routine(address)).or_default() += 1;
            }
        }
        let only = left.into_iter().filter(|(name, _)| in_vain.get(name) == Some(&1));
        let routines = only.filter_map(|(name, left)| match left[..] {
            [one] => Some((name, one)),
            _ => None,
        });
        let routines = routines.collect();
        Self { objects, unnamed, routines }
    }

    /// The object that an entry declares, looked for by `address`. No two entries get the same one.
    pub fn take(&mut self, entry: &DeclaredEntry<'_>, address: &Address) -> Option<&'a Object> {
        let found = if entry.section.named {
            self.objects.get(address)
        } else {
            self.unnamed.get(&(site(entry.object), entry.section.key)).copied()
        };
        let found = found.or_else(|| self.other_types(entry, address))?;
        // A name may have come to stand for something that belongs elsewhere in a file.
        let (section, _) = attributes(found)?;
        (section.key == entry.section.key && site(found) == site(entry.object)).then_some(found)
    }

    /// A routine with other argument types, unless the key of the entry has these in it.
    fn other_types(&mut self, entry: &DeclaredEntry<'_>, address: &Address) -> Option<&'a Object> {
        address.arguments.as_ref()?;
        let says_types = entry.path.last().is_some_and(|key| key.contains('('));
        self.routines.remove(&routine(address)).filter(|_| !says_types)
    }
}

fn site(object: &Object) -> Site {
    let Address { schema, relation, .. } = &object.address;
    match &object.partition_of {
        Some(parent) => (Some(parent.clone()), None, None),
        None => (None, schema.clone(), relation.clone()),
    }
}

fn routine(address: &Address) -> Routine {
    (address.kind, address.schema.clone(), address.name.clone())
}
