//! How values of a table get into the one that takes its place.

use std::collections::HashMap;

use super::Table;
use super::column_steps::conversion;
use super::inheritance::effective;
use crate::kind::Declared;
use crate::model::Name;
use crate::sql::quote_identifier;

/// The casts that follow values whose column has another type then, where it takes more than an assignment.
#[derive(Default)]
pub struct Ways(HashMap<Name, String>);

impl Ways {
    pub fn of(from: &Declared<'_, Table>, to: &Declared<'_, Table>, columns: &[Name]) -> Self {
        let way = |name: &Name| {
            let (old, new) = (effective(from.spec, name)?, effective(to.spec, name)?);
            let data_type = new.data_type.as_ref().filter(|_| old.data_type != new.data_type)?;
            let way = conversion(&old, &new).way(data_type);
            (!way.is_empty()).then(|| (name.clone(), way.as_str().to_owned()))
        };
        Self(columns.iter().filter_map(way).collect())
    }

    /// The values of columns, as the new ones take them; `before` stands before each, such as `NEW.`
    pub fn values(&self, columns: &[Name], before: &str) -> String {
        let each = columns.iter().map(|name| {
            let way = self.0.get(name).map_or("", |way| way);
            format!("{before}{}{way}", quote_identifier(name))
        });
        each.collect::<Vec<_>>().join(", ")
    }
}
