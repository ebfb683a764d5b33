//! Where in the files an object was declared.

use std::collections::HashMap;

use crate::model::{Address, Name, Part, Tag};
use crate::sql::Place;

/// Places by object and column.
#[derive(Debug, Clone, Default)]
pub struct Places {
    exact: HashMap<Part, Place>,
    /// Without the parts of an address that PostgreSQL spells or chooses.
    loose: HashMap<Loose, Place>,
}

type Loose = (Tag, Option<Name>, Option<Name>, Name);

impl Places {
    pub(super) fn insert(&mut self, part: Part, place: Place) {
        if part.column.is_none() {
            self.loose.entry(loose(&part.address)).or_insert(place);
        }
        self.exact.insert(part, place);
    }

    /// Where `part` was declared; for a column that was not, where its table was. A routine may
    /// be found by its name alone, since its argument types are spelled otherwise in a file,
    /// and a key without a name by its table.
    #[must_use]
    pub fn find(&self, part: &Part) -> Option<Place> {
        let whole = Part::whole(&part.address);
        let unnamed = Address { name: "".into(), ..part.address.clone() };
        self.exact
            .get(part)
            .or_else(|| self.exact.get(&whole))
            .or_else(|| self.loose.get(&loose(&part.address)))
            .or_else(|| self.loose.get(&loose(&unnamed)))
            .copied()
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
