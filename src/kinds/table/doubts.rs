//! What rows may have against changes of their table.

use super::Table;
use super::inheritance::{effective, names};
use crate::kind::{Declared, Doubt};
use crate::sql::Sql;

type It<'a> = Declared<'a, Table>;

/// Rows that would have no value where one has to be.
pub fn doubts(from: Option<&It<'_>>, to: &It<'_>) -> Vec<Doubt> {
    let Some(from) = from else { return Vec::new() };
    let relation = to.address.qualified();
    let new = names(to.spec).into_iter();
    let found = new.filter_map(|name| {
        let column = effective(to.spec, &name).filter(|column| column.not_null)?;
        match effective(from.spec, &name) {
            Some(old) => (!old.not_null).then(|| Doubt::nulls(&relation, &name)),
            None => {
                let filled = column.default.is_some()
                    || column.generated.is_some()
                    || column.identity.is_some()
                    || column.serial;
                let what = format!("rows of {relation} that would have no value in {name}");
                (!filled).then(|| Doubt::rows(&relation, &Sql::new("true"), what))
            }
        }
    });
    found.collect()
}
