//! Where objects of a kind stand in a file.

use serde_json::Value;

use super::form::{Form, FormError};
use crate::model::{Address, Name, Object, Tag};

/// A key of the file format under which objects of one kind are written.
#[derive(Debug, Clone, Copy)]
pub struct Section {
    /// The key: `table`, `foreign_key`, `index`.
    pub key: &'static str,
    /// The kinds whose objects it nests under; none at the top of a file.
    pub within: &'static [Tag],
    /// Whether the key holds objects by name, or is one object whose name may be left to PostgreSQL.
    pub named: bool,
    /// The attribute that can stand for the whole object when it is the only one.
    pub short: Option<&'static str>,
    /// The attribute whose text may be in a file of its own, named by the key with `_file` after it.
    pub from_file: Option<(&'static str, &'static str)>,
    /// One entry, as an object.
    pub read: fn(&Entry<'_>) -> Result<Object, FormError>,
    /// The attributes of an object of this section; `None` when it belongs in another.
    pub write: fn(&Object) -> Option<Value>,
}

impl Entry<'_> {
    /// The address of an object that nests under a relation.
    #[must_use]
    pub fn on_relation(&self, kind: Tag) -> Address {
        let relation = self.parent.map_or_else(|| Name::from(""), |parent| parent.name.clone());
        Address::on_relation(kind, self.schema, &relation, self.name)
    }
}

/// An entry of a section.
#[derive(Debug)]
pub struct Entry<'a> {
    /// The schema of the file.
    pub schema: &'a Name,
    /// The object that the entry is nested under.
    pub parent: Option<&'a Address>,
    /// Its key; empty when PostgreSQL is to choose the name.
    pub name: &'a Name,
    pub form: Form<'a>,
}
