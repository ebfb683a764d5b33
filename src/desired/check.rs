//! What can be seen to be wrong without a server: names of tables and columns that nobody declares.

use super::Declared;
use crate::diagnostic::{Located, did_you_mean};
use crate::kinds;
use crate::model::{Address, Name, Object, Part};

/// One problem for each name that leads nowhere.
pub fn references(declared: &Declared) -> Vec<Located> {
    let mut problems = Vec::new();
    for object in declared.database.objects.values() {
        for need in (kinds::row(object.address.kind).1.needs)(object) {
            problems.extend(check(declared, object, &need));
        }
    }
    problems
}

fn check(declared: &Declared, object: &Object, need: &Part) -> Option<Located> {
    let objects = &declared.database.objects;
    let place = declared.places.exactly(&object.address)?;
    let Some(table) = objects.get(&need.address) else {
        // Its columns are another need; one complaint is enough.
        if need.column.is_some() {
            return None;
        }
        let known = objects.keys().filter(|address| address.kind == need.address.kind);
        let known: Vec<&Address> = known.collect();
        let message =
            format!("{} refers to {}, which no file declares", object.address, need.address);
        let near = did_you_mean(&need.address.name, known.iter().map(|address| &*address.name));
        return Some(
            Located::new("pgconverge::desired::missing_reference", message)
                .at(&declared.sources, place, "needed here")
                .help(match near {
                    Some(name) => format!("did you mean `{name}`?"),
                    None => format!("declare {}, or remove what refers to it", need.address),
                }),
        );
    };
    let column = need.column.as_ref()?;
    let columns = columns_of(declared, table)?;
    if columns.iter().any(|name| name == column) {
        return None;
    }
    let message =
        format!("{} has no column {column}, which {} names", table.address, object.address);
    let near = did_you_mean(column, columns.iter().map(|name| &**name));
    let mut problem = Located::new("pgconverge::desired::missing_column", message)
        .at(&declared.sources, place, "named here")
        .help(match near {
            Some(name) => format!("did you mean `{name}`?"),
            None => format!(
                "its columns are {}",
                crate::sql::identifier_list(columns.iter().map(|name| &**name))
            ),
        });
    if let Some(place) = declared.places.exactly(&table.address) {
        problem = problem.at(&declared.sources, place, "the table");
    }
    Some(problem)
}

/// A partition, or another child, has the columns of its parents as well. Nothing, if only a server
/// knows them all.
fn columns_of(declared: &Declared, table: &Object) -> Option<Vec<Name>> {
    let row = kinds::row(table.address.kind).1;
    if (row.has_more_columns)(table) {
        return None;
    }
    let mut columns: Vec<Name> = (row.columns)(table).into_iter().map(|(name, _)| name).collect();
    for parent in (row.parents)(table) {
        columns.extend(columns_of(declared, declared.database.objects.get(&parent)?)?);
    }
    Some(columns)
}
