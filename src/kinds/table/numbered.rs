//! Identity columns of partitions: PostgreSQL 17 and newer give a partition the identity of its parent's column when
//! it is made or attached in its place, give nothing to what it has below it, and take it from all of them when it is detached.
//! What lacks it cannot be given it, but for being attached anew; until then it takes no row that is not numbered,
//! and PostgreSQL refuses to change the identity of what it is below.
//! <https://www.postgresql.org/docs/current/ddl-identity-columns.html>

use super::Table;
use super::attach::Attachment;
use super::column::Column;
use super::inheritance::parent;
use super::moves::{attached, taken_out};
use crate::kind::{Aside, Declared, ServerVersion, leavers_of};
use crate::model::{Address, Spec, Step};

type It<'a> = Declared<'a, Table>;

/// What the step does that puts one back for that.
pub const WITH_IDENTITY: &str = "put it back, with an identity";

/// Whether it has an identity column, be it that of the table that it is a partition of.
pub fn numbers(table: &Table) -> bool {
    let mut parents = table.parents.0.iter().filter(|_| table.values.is_some());
    table.column.values().any(|column| column.identity.is_some())
        || parents.any(|(_, spec)| spec.get::<Table>().is_some_and(numbers))
}

/// Whether partitions have identity columns of their parents' there.
pub fn hands_down(version: ServerVersion) -> bool {
    version.major() >= 17
}

/// Whether a partition has an identity from its parent as soon as it is attached, and what is below it only later.
pub fn takes_number(it: &It<'_>) -> bool {
    hands_down(it.spec.version.0) && parent(it).is_some_and(numbers)
}

/// Whether a column of a partition lacks the identity of its parent's.
pub fn lacks(version: ServerVersion, own: &Column, theirs: &Column) -> bool {
    hands_down(version) && own.identity.is_none() && theirs.identity.is_some()
}

/// [`crate::kind::Kind::unsettled`]
pub fn unsettled([from, to]: [&It<'_>; 2], part: &Table) -> Option<Table> {
    if !hands_down(from.spec.version.0) || !parent(to).is_some_and(numbers) {
        return None;
    }
    let moves = from.partition_of != to.partition_of
        || from.spec.values != to.spec.values
        || from.spec.detaching
        || from.spec.shaken.0;
    let lacks = from.spec.without_identity && !from.spec.loses_identity.0;
    (lacks || moves).then(|| Table {
        without_identity: true,
        loses_identity: Aside(!lacks && (part.loses_identity.0 || !part.without_identity)),
        shaken: Aside(moves),
        ..part.clone()
    })
}

/// Steps with which a partition gets the identity that it lacks, before anything happens to that.
pub fn mend(it: &It<'_>) -> Vec<Step> {
    let parts = it.partition_of.zip(it.spec.values.as_ref());
    let Some((parent, values)) =
        parts.filter(|_| it.spec.without_identity && !it.spec.loses_identity.0)
    else {
        return Vec::new();
    };
    let mut out = taken_out(it.address, parent);
    out.claims.push(numbering_of(parent));
    let mut back = attached(it.address, parent, values, WITH_IDENTITY);
    back.claims.push(numbering_of(parent));
    back.frees.push(numbering_of(it.address));
    for table in above(&it.spec.parents.0) {
        // Else it would come back to what has changed meanwhile.
        back.frees.extend([identity_of(table), leavers_of(&table.qualified())]);
    }
    let mut steps = Attachment { it, filled: true, step: back }.steps();
    let at = steps.iter().position(|step| step.frees.contains(&numbering_of(it.address)));
    steps.insert(at.unwrap_or_default(), out);
    steps
}

/// What it is a part of, at every height.
pub fn above(parents: &[(Address, Spec)]) -> Vec<&Address> {
    let further = parents.iter().filter_map(|(_, spec)| spec.get::<Table>());
    let further: Vec<&Address> = further.flat_map(|table| above(&table.parents.0)).collect();
    parents.iter().map(|(address, _)| address).chain(further).collect()
}

/// That a partition itself has its identity.
fn numbering_of(partition: &Address) -> String {
    format!("numbering of {}", partition.qualified())
}

/// That all that is below a table has the identity of its column.
pub fn identity_of(table: &Address) -> String {
    format!("identity of {}", table.qualified())
}
