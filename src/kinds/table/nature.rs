//! What only a server knows of columns.

use super::Table;
use crate::kind::Aside;
use crate::model::{Address, Natures, Object, Part};

/// [`crate::kind::Kind::inform`]; of those that are inherited as well.
pub fn inform(it: &Address, table: &mut Table, natures: &Natures) {
    for (name, column) in &mut table.column {
        let nature = natures.get(&Part::column(it, name)).cloned();
        column.nature = Aside(nature.map(Box::new));
    }
    for (address, spec) in &mut table.parents.0 {
        if let Some(mut parent) = spec.get::<Table>().cloned() {
            inform(address, &mut parent, natures);
            *spec = Object::new(address.clone(), parent).spec;
        }
    }
}
