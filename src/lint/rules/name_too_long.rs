//! A name of more than 63 bytes, which PostgreSQL cuts short.

use crate::desired::Declared;
use crate::kinds;
use crate::lint::rule::{Find, Fix, Noticed, Rule, Severity};
use crate::model::Part;

/// The rule.
pub const RULE: Rule = Rule {
    name: "name-too-long",
    severity: Severity::Error,
    usual: true,
    help: "choose a shorter name: what is cut off may be what tells it from another",
    fix: Fix::ByHand,
    find: Find::Declared(look),
};

/// `NAMEDATALEN` is 64, and one byte ends the name.
/// <https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS>
const LONGEST: usize = 63;

fn look(declared: &Declared) -> Noticed {
    let parts = declared.database.objects.values().flat_map(|object| {
        let columns = (kinds::row(object.address.kind).1.columns)(object);
        let columns = columns.into_iter().map(|(name, _)| Part::column(&object.address, &name));
        [Part::whole(&object.address)].into_iter().chain(columns)
    });
    let length = |part: &Part| part.column.as_ref().unwrap_or(&part.address.name).len();
    let long = parts.map(|part| (length(&part), part)).filter(|(length, _)| *length > LONGEST);
    let message = |length| format!("its name has {length} bytes, of which {LONGEST} are kept");
    long.map(|(length, part)| (part, message(length))).collect()
}
