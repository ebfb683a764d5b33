//! Where in the files an object was declared.

use std::collections::HashMap;

use crate::model::{Address, Name, Part, Tag};
use crate::sql::{Place, same_types};

/// Places by object and column.
#[derive(Debug, Clone, Default)]
pub struct Places {
    exact: HashMap<Part, Place>,
    /// Without the parts of an address that PostgreSQL spells or chooses.
    loose: HashMap<Loose, Vec<(Address, Place)>>,
}

type Loose = (Tag, Option<Name>, Option<Name>, Name);

impl Places {
    pub fn insert(&mut self, part: Part, place: Place) {
        if part.column.is_none() {
            let alike = self.loose.entry(loose(&part.address)).or_default();
            alike.push((part.address.clone(), place));
        }
        self.exact.insert(part, place);
    }

    /// Where `part` was declared; for a column that was not, where its table was. A routine is
    /// found by its name, and among several of a name by its argument types, as far as the file's
    /// spelling of them is recognised: no place is better than a wrong one; a key without a name is found by its table.
    #[must_use]
    pub fn find(&self, part: &Part) -> Option<Place> {
        let whole = Part::whole(&part.address);
        let unnamed = Address { name: "".into(), ..part.address.clone() };
        self.exact
            .get(part)
            .or_else(|| self.exact.get(&whole))
            .copied()
            .or_else(|| self.alike(&part.address))
            .or_else(|| self.alike(&unnamed))
    }

    fn alike(&self, address: &Address) -> Option<Place> {
        match self.loose.get(&loose(address))?.as_slice() {
            [(_, place)] => Some(*place),
            several => {
                let types = address.arguments.as_deref().unwrap_or_default();
                let mut fitting = several.iter().filter(|(written, _)| {
                    same_types(written.arguments.as_deref().unwrap_or_default(), types)
                });
                fitting.next().map(|(_, place)| *place).filter(|_| fitting.next().is_none())
            }
        }
    }

    /// Where exactly this object was declared.
    #[must_use]
    pub fn exactly(&self, address: &Address) -> Option<Place> {
        self.exact.get(&Part::whole(address)).copied()
    }
}

fn loose(address: &Address) -> Loose {
    (address.kind, address.schema.clone(), address.relation.clone(), address.name.clone())
}
