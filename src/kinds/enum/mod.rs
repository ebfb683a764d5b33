//! Enum types.
//! <https://www.postgresql.org/docs/current/datatype-enum.html>

mod read;
mod statements;

use serde::{Deserialize, Serialize};
use tokio_postgres::Row;

use crate::kind::{
    Catalog, Declared, DecodeError, Entry, FormError, Kind, Reading, Section, ServerVersion,
    Transition, replacement,
};
use crate::model::{Address, Grantable, Name, Object, Step, Tag};
use crate::sql::Sql;

/// The kind.
#[derive(Debug)]
pub struct Enums;

/// An enum type.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Enum {
    /// In their order, which is that of comparison.
    pub values: Vec<String>,
}

const SECTIONS: &[Section] = &[Section {
    key: "enum",
    within: &[],
    named: true,
    short: Some("values"),
    from_file: None,
    read,
    write: |object| Some(object.spec.tree()),
}];

fn read(entry: &Entry<'_>) -> Result<Object, FormError> {
    let spec: Enum = entry.form.read()?;
    Ok(Object::new(Address::in_schema(Enums::TAG, entry.schema, entry.name), spec))
}

impl Kind for Enums {
    type Spec = Enum;
    const TAG: Tag = Tag("enum");
    const CATALOG: Catalog = Catalog::PG_TYPE;
    const PART: Option<&str> = Some("value");
    const PARTS_ARE_TABLES: bool = false;
    const ANY: Option<&str> = Some("SELECT FROM pg_type WHERE typtype = 'e'");
    const GRANTABLE: Option<Grantable> = Some(Grantable::Type);

    fn query(_version: ServerVersion) -> String {
        read::QUERY.to_owned()
    }

    fn decode_row(row: &Row, reading: &mut Reading) -> Result<(), DecodeError> {
        read::decode(row, reading)
    }

    fn sections() -> &'static [Section] {
        SECTIONS
    }

    fn parts(spec: &Enum) -> Vec<Name> {
        spec.values.iter().map(|value| value.as_str().into()).collect()
    }

    fn transition(from: &Enum, to: &Enum) -> Transition {
        let mut wanted = to.values.iter();
        if from.values.iter().all(|value| wanted.any(|other| other == value)) {
            Transition::InPlace
        } else {
            Transition::Replace("values cannot be removed or change places in place")
        }
    }

    fn claims(address: &Address) -> Vec<String> {
        vec![format!("type {}", address.qualified())]
    }

    fn values_gone(from: &Enum, to: &Enum) -> Vec<String> {
        from.values.iter().filter(|value| !to.values.contains(value)).cloned().collect()
    }

    fn create(it: &Declared<'_, Enum>) -> Vec<Step> {
        vec![statements::create(it)]
    }

    fn alter(from: &Declared<'_, Enum>, to: &Declared<'_, Enum>) -> Vec<Step> {
        statements::add_values(from, to)
    }

    fn drop(it: &Declared<'_, Enum>) -> Vec<Step> {
        let sql = Sql::new("DROP TYPE ").raw(&it.address.qualified());
        vec![Step::drop(it.address, sql)]
    }

    fn replace(_from: &Declared<'_, Enum>, to: &Declared<'_, Enum>) -> Option<Vec<Step>> {
        Some(replacement(to.address, "TYPE", vec![statements::create(to)]))
    }

    fn rename_part(address: &Address, from: &Name, to: &Name) -> Sql {
        let sql = Sql::new("ALTER TYPE ").raw(&address.qualified()).raw(" RENAME VALUE ");
        sql.literal(from).raw(" TO ").literal(to)
    }

    fn comment_target(address: &Address) -> Sql {
        Sql::new("TYPE ").raw(&address.qualified())
    }
}
