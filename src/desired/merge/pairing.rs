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
    /// Routines by name, without those that are somebody's already.
    routines: HashMap<Routine, Vec<&'a Object>>,
}

/// What an object is a part of: a table as whose partition, or the schema and the relation.
type Site = (Option<Address>, Option<Name>, Option<Name>);
type Routine = (Tag, Option<Name>, Name);

impl<'a> Pairing<'a> {
    /// `exact` are the addresses that will be looked for as they are: what has one is nobody else's.
    pub fn new(objects: &'a BTreeMap<Address, Object>, exact: &HashSet<Address>) -> Self {
        let mut unnamed = HashMap::new();
        let mut routines: HashMap<_, Vec<_>> = HashMap::new();
        for object in objects.values() {
            if object.address.arguments.is_some() {
                if !exact.contains(&object.address) {
                    routines.entry(routine(&object.address)).or_default().push(object);
                }
            } else if let Some((section, _)) = attributes(object)
                && !section.named
            {
                unnamed.insert((site(object), section.key), object);
            }
        }
        Self { objects, unnamed, routines }
    }

    /// The object that an entry declares, looked for by `address`. No two entries get the same one.
    pub fn take(&mut self, entry: &DeclaredEntry<'_>, address: &Address) -> Option<&'a Object> {
        let found = if entry.section.named {
            self.objects.get(address)
        } else {
            self.unnamed.get(&(site(entry.object), entry.section.key)).copied()
        };
        let found = found.or_else(|| self.overload(address))?;
        // A name may have come to stand for something that belongs elsewhere in a file.
        let (section, _) = attributes(found)?;
        (section.key == entry.section.key && site(found) == site(entry.object)).then_some(found)
    }

    /// A routine whose argument types are spelled otherwise: the most similar of those that have
    /// the name. A wrong choice among overloads costs nothing but a larger difference in the file.
    fn overload(&mut self, address: &Address) -> Option<&'a Object> {
        let wanted = address.arguments.as_deref()?;
        let candidates = self.routines.get_mut(&routine(address))?;
        let likeness = |object: &Object| {
            let types = object.address.arguments.as_deref().unwrap_or_default();
            let same_number = types.matches(',').count() == wanted.matches(',').count();
            strsim::normalized_levenshtein(types, wanted) + f64::from(u8::from(same_number))
        };
        let best = (0..candidates.len())
            .max_by(|a, b| likeness(candidates[*a]).total_cmp(&likeness(candidates[*b])))?;
        Some(candidates.swap_remove(best))
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
