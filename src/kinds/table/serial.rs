//! A `serial` column in its long form: a default over a sequence that the column owns.
//!
//! One side may have the short form and the other, whose sequence differs in the least thing, the
//! long one. Both in the long form, the sequence is changed rather than made anew, and keeps its
//! position.
//! <https://www.postgresql.org/docs/current/datatype-numeric.html#DATATYPE-SERIAL>

use super::Table;
use super::inheritance::effective;
use super::sequence_steps::{sequence_type, serial_default};
use crate::kind::{Declared, Sequence};
use crate::model::{Address, Object, Tag};
use crate::sql::Fragment;

/// The serial columns whose sequence is `wanted` as an object, in the long form.
pub fn expose(
    it: &Declared<'_, Table>,
    wanted: &dyn Fn(&Address) -> bool,
) -> Option<(Table, Vec<Object>)> {
    let schema = it.address.schema.as_ref()?;
    let mut table = None;
    let mut sequences = Vec::new();
    for (name, column) in it.spec.column.iter().filter(|(_, column)| column.serial) {
        let sequence = format!("{}_{}_seq", &*it.address.name, &**name);
        let address = Address::in_schema(Tag("sequence"), schema, &sequence.into());
        if wanted(&address) {
            let table = table.get_or_insert_with(|| it.spec.clone());
            if let Some(column) = table.column.get_mut(name) {
                column.serial = false;
                column.not_null = true;
                column.default = Some(Fragment::new(serial_default(it.address, name)));
            }
            let column = effective(it.spec, name).unwrap_or_else(|| column.clone());
            let mut spec = Sequence::of_serial(sequence_type(&column), &it.address.name, name);
            spec.unlogged = it.spec.unlogged;
            sequences.push(Object::new(address, spec));
        }
    }
    Some((table?, sequences))
}
