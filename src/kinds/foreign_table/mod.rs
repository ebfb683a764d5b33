//! Foreign tables.
//! <https://www.postgresql.org/docs/current/sql-createforeigntable.html>

mod column;
mod read;
mod statements;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use tokio_postgres::Row;

pub use column::Column;

use crate::kind::{
    Catalog, Declared, DecodeError, Disturbance, Entry, ForeignOptions, FormError, Kind, Reading,
    Release, Secrecy, Section, ServerVersion, Transition,
};
use crate::model::{Address, Grantable, Name, Object, Part, Step, Tag};
use crate::sql::{Fragment, Place, Sql};

/// The kind.
#[derive(Debug)]
pub struct ForeignTables;

/// A foreign table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ForeignTable {
    pub server: Name,
    #[serde(default, skip_serializing_if = "ForeignOptions::is_empty")]
    pub options: ForeignOptions,
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub column: IndexMap<Name, Column>,
}

const SECTIONS: &[Section] = &[Section {
    key: "foreign_table",
    within: &[],
    named: true,
    short: None,
    from_file: None,
    read,
    write: |object| {
        let mut spec = object.spec.get::<ForeignTable>()?.clone();
        spec.options = spec.options.written(&[&object.address.name]);
        spec.column.values_mut().for_each(Column::make_idiomatic);
        serde_json::to_value(spec).ok()
    },
}];

fn read(entry: &Entry<'_>) -> Result<Object, FormError> {
    let spec: ForeignTable = entry.form.read()?;
    spec.options.check(Secrecy::ByName)?;
    for (name, column) in &spec.column {
        column.check(name)?;
    }
    Ok(Object::new(Address::in_schema(ForeignTables::TAG, entry.schema, entry.name), spec))
}

impl Kind for ForeignTables {
    type Spec = ForeignTable;
    const TAG: Tag = Tag("foreign_table");
    const CATALOG: Catalog = Catalog::PG_CLASS;
    const PART: Option<&str> = Some("column");
    const ANY: Option<&str> = Some("SELECT FROM pg_foreign_table");
    const HAS_SECRETS: bool = true;
    const GRANTABLE: Option<Grantable> = Some(Grantable::Relation);

    fn queries(_version: ServerVersion) -> Vec<String> {
        vec![read::TABLES.to_owned(), read::COLUMNS.to_owned()]
    }

    fn decode(rows: Vec<Vec<Row>>, reading: &mut Reading) -> Result<(), DecodeError> {
        read::decode(rows, reading)
    }

    fn sections() -> &'static [Section] {
        SECTIONS
    }

    fn columns(spec: &ForeignTable) -> Vec<(Name, Option<Place>)> {
        spec.column.iter().map(|(name, column)| (name.clone(), column.data_type.place())).collect()
    }

    fn options(spec: &mut ForeignTable) -> Option<&mut ForeignOptions> {
        Some(&mut spec.options)
    }

    fn adopt(canonical: &mut ForeignTable, written: &ForeignTable, live: Option<&ForeignTable>) {
        for (name, column) in &mut canonical.column {
            if let Some(written) = written.column.get(name) {
                let live = live.and_then(|live| live.column.get(name));
                let default = live.and_then(|live| live.default.as_ref());
                Fragment::adopt_option(&mut column.default, written.default.as_ref(), default);
                let generated = live.and_then(|live| live.generated.as_ref());
                Fragment::adopt_option(
                    &mut column.generated,
                    written.generated.as_ref(),
                    generated,
                );
            }
        }
    }

    fn transition(from: &ForeignTable, to: &ForeignTable) -> Transition {
        if from.server == to.server {
            Transition::InPlace
        } else {
            Transition::Replace("a foreign table cannot change its server in place")
        }
    }

    fn disturbs(from: &ForeignTable, to: &ForeignTable) -> Vec<(Name, Disturbance)> {
        let how = |name: &Name, old: &Column| match to.column.get(name) {
            None => Some(Disturbance::Recreated),
            Some(new) if new.must_recreate(old) => Some(Disturbance::Recreated),
            Some(new) if new.is_retyped(old) => Some(Disturbance::Retyped),
            Some(_) => None,
        };
        from.column.iter().filter_map(|(name, old)| Some((name.clone(), how(name, old)?))).collect()
    }

    fn claims(address: &Address) -> Vec<String> {
        vec![format!("relation {}", address.qualified()), format!("type {}", address.qualified())]
    }

    fn create(it: &Declared<'_, ForeignTable>) -> Vec<Step> {
        statements::create(it)
    }

    fn alter(from: &Declared<'_, ForeignTable>, to: &Declared<'_, ForeignTable>) -> Vec<Step> {
        statements::alter(from, to)
    }

    fn drop(it: &Declared<'_, ForeignTable>) -> Vec<Step> {
        statements::drop(it)
    }

    fn release(
        it: &Declared<'_, ForeignTable>,
        column: Option<&Name>,
        referenced: &[Part],
    ) -> Option<Release> {
        statements::release(it, column?, referenced)
    }

    fn reread(it: &Declared<'_, ForeignTable>) -> Vec<Step> {
        statements::reread(it)
    }

    fn grant_target(address: &Address) -> Sql {
        Sql::new("TABLE ").raw(&address.qualified())
    }

    fn comment_target(address: &Address) -> Sql {
        Sql::new("FOREIGN TABLE ").raw(&address.qualified())
    }
}
