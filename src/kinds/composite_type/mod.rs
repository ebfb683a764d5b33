//! Composite types.
//! <https://www.postgresql.org/docs/current/rowtypes.html>

mod attribute;
mod read;
mod sections;
mod statements;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use tokio_postgres::Row;

pub use attribute::Attribute;

use crate::kind::{
    Aside, Catalog, Declared, DecodeError, Disturbance, Kind, Reading, Section, ServerVersion,
    Transition,
};
use crate::model::{Address, Grantable, Name, Step, Tag};
use crate::sql::{Fragment, Place, Sql};

/// The kind.
#[derive(Debug)]
pub struct CompositeTypes;

/// A composite type.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CompositeType {
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub attribute: IndexMap<Name, Attribute>,
    /// Whether there are tables of the type, which change with it.
    #[serde(skip)]
    pub has_tables: Aside<bool>,
}

impl Kind for CompositeTypes {
    type Spec = CompositeType;
    const TAG: Tag = Tag("composite_type");
    const CATALOG: Catalog = Catalog::PG_TYPE;
    const PART: Option<&str> = Some("attribute");
    const ANY: Option<&str> = Some("SELECT FROM pg_class WHERE relkind = 'c' AND oid >= 16384");
    const GRANTABLE: Option<Grantable> = Some(Grantable::Type);

    fn queries(_version: ServerVersion) -> Vec<String> {
        vec![read::TYPES.to_owned(), read::ATTRIBUTES.to_owned()]
    }

    fn decode(rows: Vec<Vec<Row>>, reading: &mut Reading) -> Result<(), DecodeError> {
        read::decode(rows, reading)
    }

    fn sections() -> &'static [Section] {
        sections::SECTIONS
    }

    fn columns(spec: &CompositeType) -> Vec<(Name, Option<Place>)> {
        let place = |(name, attribute): (&Name, &Attribute)| {
            (name.clone(), Fragment::place(&attribute.data_type))
        };
        spec.attribute.iter().map(place).collect()
    }

    /// PostgreSQL changes the type of an attribute in place as long as no column of a table is of the
    /// composite type.
    fn transition(from: &CompositeType, to: &CompositeType) -> Transition {
        let same = |name: &Name| {
            let (old, new) = (&from.attribute[name], &to.attribute[name]);
            old.data_type == new.data_type && old.collation == new.collation
        };
        if statements::kept(from, to).iter().all(same) {
            Transition::InPlace
        } else {
            Transition::Replace("the type of an attribute cannot change in place")
        }
    }

    fn disturbs(from: &CompositeType, to: &CompositeType) -> Vec<(Name, Disturbance)> {
        let kept = statements::kept(from, to);
        let gone = from.attribute.keys().filter(|name| !kept.contains(*name));
        gone.map(|name| (name.clone(), Disturbance::Recreated)).collect()
    }

    fn claims(address: &Address) -> Vec<String> {
        // A composite type brings a relation of its name along.
        vec![format!("relation {}", address.qualified()), format!("type {}", address.qualified())]
    }

    fn create(it: &Declared<'_, CompositeType>) -> Vec<Step> {
        statements::create(it)
    }

    fn alter(from: &Declared<'_, CompositeType>, to: &Declared<'_, CompositeType>) -> Vec<Step> {
        statements::alter(from, to)
    }

    fn drop(it: &Declared<'_, CompositeType>) -> Vec<Step> {
        let sql = Sql::new("DROP TYPE ").raw(&it.address.qualified());
        vec![Step::drop(it.address, sql)]
    }

    fn replace(
        from: &Declared<'_, CompositeType>,
        to: &Declared<'_, CompositeType>,
    ) -> Option<Vec<Step>> {
        Some(statements::replace(from, to))
    }

    /// Tables of the type have columns of the same names.
    fn rename_part(address: &Address, from: &Name, to: &Name) -> Sql {
        let sql = Sql::new("ALTER TYPE ").raw(&address.qualified()).raw(" RENAME ATTRIBUTE ");
        sql.identifier(from).raw(" TO ").identifier(to).raw(" CASCADE")
    }

    fn comment_target(address: &Address) -> Sql {
        Sql::new("TYPE ").raw(&address.qualified())
    }
}
