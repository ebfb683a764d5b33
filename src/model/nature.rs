//! What only a server knows of a column.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::dependency::Part;

/// What the definition of a column does not say of it, and decides on what a change of it takes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Nature {
    /// Its default is another value for each row.
    pub volatile: bool,
    /// A check looks at it, which is looked at again when its type changes.
    pub checked: bool,
    /// What is under the domain that it is of.
    pub domain: Option<Underneath>,
    /// Its values, or their elements, are those of an enum.
    pub enumerated: bool,
    /// The types whose values somebody's own type reads as its own, as they are stored.
    pub read_from: Vec<String>,
    /// The types that read the values of somebody's own type so.
    pub read_as: Vec<String>,
}

/// What is under a domain, at the bottom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Underneath {
    /// With the modifiers that the domain has for it.
    pub data_type: String,
    /// Not every value of that type is one of the domain.
    pub constrained: bool,
}

/// Of the columns of which there is something to tell.
pub type Natures = BTreeMap<Part, Nature>;
