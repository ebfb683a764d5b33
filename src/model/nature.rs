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
}

/// What is under a domain, at the bottom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Underneath {
    pub data_type: String,
    /// Not every value of that type is one of the domain.
    pub constrained: bool,
}

/// Of the columns of which there is something to tell.
pub type Natures = BTreeMap<Part, Nature>;
