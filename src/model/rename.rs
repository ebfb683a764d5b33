//! Names that change while their objects stay.

use std::fmt;

use super::address::{Address, Name};
use super::dependency::Part;

/// What something was called before, as its file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Former {
    /// In the same schema, on the same relation, or in the one that is given.
    Name { schema: Option<Name>, name: Name },
    /// It is no other object under a new name.
    Nothing,
}

impl Former {
    /// What a part of that former name was, in the place that it is in now.
    #[must_use]
    pub fn of(&self, part: &Part) -> Option<Part> {
        let Self::Name { schema, name } = self else { return None };
        Some(match &part.column {
            Some(_) => Part::column(&part.address, name),
            None => {
                let schema = schema.clone().or_else(|| part.address.schema.clone());
                Part::whole(&Address { schema, name: name.clone(), ..part.address.clone() })
            }
        })
    }
}

/// A rename that is to happen. What is around it has its new name by then: of the two, only the own
/// schema and the own name differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renaming {
    pub from: Part,
    pub to: Part,
}

impl Renaming {
    /// The two names: of the part where it is one, else of the object.
    #[must_use]
    pub fn names(&self) -> (&Name, &Name) {
        match (&self.from.column, &self.to.column) {
            (Some(from), Some(to)) => (from, to),
            _ => (&self.from.address.name, &self.to.address.name),
        }
    }

    /// The same the other way round.
    #[must_use]
    pub fn reversed(&self) -> Self {
        Self { from: self.to.clone(), to: self.from.clone() }
    }
}

impl fmt::Display for Renaming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} becomes {}", self.from, self.to)
    }
}
