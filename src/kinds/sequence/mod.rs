//! Sequences that are objects of their own. One that `serial` made belongs to its column and is
//! part of the table; so is the one behind an identity column.
//! <https://www.postgresql.org/docs/current/sql-createsequence.html>

mod read;
mod statements;

use tokio_postgres::Row;

use crate::kind::{
    Catalog, Declared, DecodeError, Entry, FormError, Kind, Label, Reading, Section, Sequence,
    ServerVersion, usual_index_name,
};
use crate::model::{Address, Grantable, Name, Object, Part, Step, Tag};
use crate::sql::Sql;

/// The kind.
#[derive(Debug)]
pub struct Sequences;

const SECTIONS: &[Section] = &[Section {
    key: "sequence",
    within: &[],
    named: true,
    short: None,
    from_file: None,
    read,
    write: |object| Some(object.spec.tree()),
}];

fn read(entry: &Entry<'_>) -> Result<Object, FormError> {
    let spec: Sequence = entry.form.read()?;
    if let Some(owner) = &spec.owned_by
        && statements::owner(owner).is_none()
    {
        let error = FormError::new(
            "pgconverge::desired::invalid_value",
            format!("`{owner}` does not name a column"),
        );
        let error = error.help("write the owner as \"table.column\"");
        return Err(owner.place().map_or(error.clone(), |place| error.or_at(place)));
    }
    Ok(Object::new(Address::in_schema(Sequences::TAG, entry.schema, entry.name), spec))
}

impl Kind for Sequences {
    type Spec = Sequence;
    const TAG: Tag = Tag("sequence");
    const CATALOG: Catalog = Catalog::PG_CLASS;
    const ANY: Option<&str> = Some("SELECT FROM pg_sequence");
    const GRANTABLE: Option<Grantable> = Some(Grantable::Sequence);

    fn query(_version: ServerVersion) -> String {
        read::QUERY.to_owned()
    }

    fn decode_row(row: &Row, reading: &mut Reading) -> Result<(), DecodeError> {
        read::decode(row, reading)
    }

    fn sections() -> &'static [Section] {
        SECTIONS
    }

    fn claims(address: &Address) -> Vec<String> {
        vec![format!("relation {}", address.qualified())]
    }

    fn create(it: &Declared<'_, Sequence>) -> Vec<Step> {
        statements::create(it)
    }

    fn alter(from: &Declared<'_, Sequence>, to: &Declared<'_, Sequence>) -> Vec<Step> {
        statements::alter(from, to)
    }

    fn drop(it: &Declared<'_, Sequence>) -> Vec<Step> {
        statements::drop(it)
    }

    fn owned_with(it: &Declared<'_, Sequence>) -> Vec<Part> {
        statements::owners(it)
    }

    fn default_name(it: &Declared<'_, Sequence>, _columns: &[Name]) -> Option<String> {
        let (table, column) = statements::owner(it.spec.owned_by.as_ref()?)?;
        Some(usual_index_name(&table, &[(*column).to_owned()], Label::Sequence, ""))
    }

    fn comment_target(address: &Address) -> Sql {
        Sql::new("SEQUENCE ").raw(&address.qualified())
    }
}
