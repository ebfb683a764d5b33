//! The identity of an object.

use std::borrow::Borrow;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::sql::quote_identifier;

/// A name in PostgreSQL, as the catalog stores it: unquoted, case kept. Cheap to clone.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Name(Arc<str>);

impl Deref for Name {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for Name {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Name {
    fn from(name: &str) -> Self {
        Self(name.into())
    }
}

impl From<String> for Name {
    fn from(name: String) -> Self {
        Self(name.into())
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&quote_identifier(&self.0))
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

/// The name of a kind of object: PostgreSQL's own words for it, in lower case, joined by
/// underscores as in a key of a file; shown with spaces.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(pub &'static str);

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.replace('_', " "))
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.replace('_', " "))
    }
}

/// Which object: its kind and the names that PostgreSQL tells its like apart by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    /// The schema, for kinds that live in one.
    pub schema: Option<Name>,
    /// The relation that a constraint, an index, a trigger or a policy is on; the server that a user
    /// mapping is for.
    pub relation: Option<Name>,
    pub kind: Tag,
    /// Empty only in the desired state, where PostgreSQL is to choose the name.
    pub name: Name,
    /// The argument types of a routine.
    pub arguments: Option<Arc<str>>,
}

impl Address {
    /// An object that lives in a schema.
    #[must_use]
    pub fn in_schema(kind: Tag, schema: &Name, name: &Name) -> Self {
        Self {
            kind,
            schema: Some(schema.clone()),
            relation: None,
            name: name.clone(),
            arguments: None,
        }
    }

    /// An object that is on a relation.
    #[must_use]
    pub fn on_relation(kind: Tag, schema: &Name, relation: &Name, name: &Name) -> Self {
        Self { relation: Some(relation.clone()), ..Self::in_schema(kind, schema, name) }
    }

    /// An object of the database as a whole.
    #[must_use]
    pub fn global(kind: Tag, name: &Name) -> Self {
        Self { kind, schema: None, relation: None, name: name.clone(), arguments: None }
    }

    /// Whether somebody means it by `text`: as it is shown, or that without the kind.
    #[must_use]
    pub fn is_called(&self, text: &str) -> bool {
        let shown = self.to_string();
        let without = shown.strip_prefix(&self.kind.to_string()).map(str::trim_start);
        shown == text || without == Some(text)
    }

    /// The schema and `name`, quoted where they need it.
    #[must_use]
    pub fn qualified(&self) -> String {
        match &self.schema {
            Some(schema) => format!("{schema}.{}", self.name),
            None => self.name.to_string(),
        }
    }

    /// The schema and the relation that the object is on; without one, the object itself.
    #[must_use]
    pub fn relation_qualified(&self) -> String {
        match (&self.schema, &self.relation) {
            (Some(schema), Some(relation)) => format!("{schema}.{relation}"),
            (None, Some(relation)) => relation.to_string(),
            _ => self.qualified(),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.relation, &self.arguments) {
            (Some(_), _) if self.name.is_empty() => {
                write!(f, "{} of {}", self.kind, self.relation_qualified())
            }
            (Some(_), _) => {
                write!(f, "{} {} on {}", self.kind, self.name, self.relation_qualified())
            }
            (None, Some(arguments)) => write!(f, "{} {}({arguments})", self.kind, self.qualified()),
            (None, None) => write!(f, "{} {}", self.kind, self.qualified()),
        }
    }
}
