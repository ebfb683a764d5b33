//! Publications: what logical replication sends.
//! <https://www.postgresql.org/docs/current/sql-createpublication.html>

mod read;
mod statements;
mod tables;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio_postgres::Row;

pub use tables::{Published, Tables};

use crate::kind::{
    Authority, Catalog, Declared, DecodeError, Entry, FormError, Kind, Reading, Section,
    ServerVersion, Transition, is_default,
};
use crate::model::{Address, Name, Object, Part, Step, Tag};
use crate::sql::{Fragment, Sql};

/// The kind.
#[derive(Debug)]
pub struct Publications;

/// A publication. What is left out is PostgreSQL's default.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Publication {
    /// Every table of the database, now and later.
    #[serde(default, skip_serializing_if = "is_default")]
    pub all_tables: bool,
    /// Every table of these schemas, now and later.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub schemas: Vec<Name>,
    #[serde(default, skip_serializing_if = "Tables::is_empty")]
    pub tables: Tables,
    /// What is sent; all when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publish: Option<Vec<Operation>>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub publish_via_partition_root: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    pub publish_generated_columns: Generated,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Operation {
    Insert,
    Update,
    Delete,
    Truncate,
}

impl Operation {
    pub const ALL: [Self; 4] = [Self::Insert, Self::Update, Self::Delete, Self::Truncate];
}

/// Which generated columns are sent where no list of columns says it; from 18 on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Generated {
    #[default]
    None,
    Stored,
}

const SECTIONS: &[Section] = &[Section {
    key: "publication",
    within: &[],
    named: true,
    short: None,
    from_file: None,
    read,
    write,
}];

fn read(entry: &Entry<'_>) -> Result<Object, FormError> {
    let mut spec: Publication = entry.form.read()?;
    if spec.all_tables && !(spec.schemas.is_empty() && spec.tables.is_empty()) {
        let message = "`all_tables` leaves nothing for `tables` and `schemas` to say";
        return Err(FormError::new("pgconverge::desired::invalid_value", message));
    }
    spec.schemas.sort();
    spec.schemas.dedup();
    if let Some(publish) = &mut spec.publish {
        publish.sort();
        publish.dedup();
    }
    spec.publish = spec.publish.filter(|publish| *publish != Operation::ALL);
    spec.tables = spec.tables.qualified(entry.schema)?;
    Ok(Object::new(Address::global(Publications::TAG, entry.name), spec))
}

fn write(object: &Object) -> Option<Value> {
    let spec = object.spec.get::<Publication>()?;
    serde_json::to_value(Publication { tables: spec.tables.written(), ..spec.clone() }).ok()
}

impl Kind for Publications {
    type Spec = Publication;
    const TAG: Tag = Tag("publication");
    const AUTHORITY: Authority = Authority::Database;
    const CATALOG: Catalog = Catalog::PG_PUBLICATION;
    const ANY: Option<&str> = Some("SELECT FROM pg_publication");
    const OWNED: bool = true;

    fn queries(version: ServerVersion) -> Vec<String> {
        read::queries(version)
    }

    fn decode(rows: Vec<Vec<Row>>, reading: &mut Reading) -> Result<(), DecodeError> {
        read::decode(rows, reading)
    }

    fn sections() -> &'static [Section] {
        SECTIONS
    }

    fn schemas(spec: &Publication) -> Vec<Name> {
        spec.schemas.clone()
    }

    fn needs(it: &Declared<'_, Publication>) -> Vec<Part> {
        let mut needs = Vec::new();
        for (schema, name, published) in it.spec.tables.each() {
            let table = Address::in_schema(Tag("table"), &schema, &name);
            needs.extend(published.columns.iter().map(|column| Part::column(&table, column)));
            needs.push(Part::whole(&table));
        }
        needs
    }

    fn adopt(canonical: &mut Publication, written: &Publication, live: Option<&Publication>) {
        for (name, published) in &mut canonical.tables.0 {
            let written = written.tables.0.get(name).and_then(|it| it.filter.as_ref());
            let live = live.and_then(|live| live.tables.0.get(name)?.filter.as_ref());
            Fragment::adopt_option(&mut published.filter, written, live);
        }
    }

    fn transition(from: &Publication, to: &Publication) -> Transition {
        if from.all_tables == to.all_tables {
            Transition::InPlace
        } else {
            Transition::Replace(
                "a publication of all tables cannot become another, nor the other way",
            )
        }
    }

    fn claims(address: &Address) -> Vec<String> {
        vec![address.to_string()]
    }

    /// PostgreSQL refuses to change the type of a column that a publication names.
    fn survives_retype(_it: &Declared<'_, Publication>, _of: &[&Part]) -> bool {
        false
    }

    fn create(it: &Declared<'_, Publication>) -> Vec<Step> {
        vec![statements::create(it)]
    }

    fn alter(from: &Declared<'_, Publication>, to: &Declared<'_, Publication>) -> Vec<Step> {
        statements::alter(from, to)
    }

    fn drop(it: &Declared<'_, Publication>) -> Vec<Step> {
        let sql = Sql::new("DROP PUBLICATION ").identifier(&it.address.name);
        vec![Step::drop(it.address, sql)]
    }

    fn comment_target(address: &Address) -> Sql {
        Sql::new("PUBLICATION ").identifier(&address.name)
    }
}
