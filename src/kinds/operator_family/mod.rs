//! Operator families: what an index method may use for several types together.
//! <https://www.postgresql.org/docs/current/sql-createopfamily.html>

mod read;
mod statements;

use serde::{Deserialize, Serialize};
use tokio_postgres::Row;

use crate::kind::{
    Authority, Catalog, Declared, DecodeError, Entry, FormError, Kind, OperatorMembers, Reading,
    Section, ServerVersion,
};
use crate::model::{Address, Object, Step, Tag};
use crate::sql::{Fragment, Sql};

/// The kind.
#[derive(Debug)]
pub struct OperatorFamilies;

/// A family, and those of its members that are in none of its classes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OperatorFamily {
    /// The index method.
    pub using: String,
    /// Each as SQL has it: `1 <(integer,bigint)`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub operators: Vec<Fragment>,
    /// Each as SQL has it: `1 (integer, bigint) btint48cmp(integer,bigint)`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub functions: Vec<Fragment>,
}

const SECTIONS: &[Section] = &[Section {
    key: "operator_family",
    within: &[],
    named: true,
    short: None,
    from_file: None,
    read,
    write: |object| Some(object.spec.tree()),
}];

/// Families of a name are told apart by their index methods.
fn read(entry: &Entry<'_>) -> Result<Object, FormError> {
    let spec: OperatorFamily = entry.form.read()?;
    let key = &**entry.name;
    let name = key.split_once('(').map_or(key, |(name, _)| name);
    let mut address = Address::in_schema(OperatorFamilies::TAG, entry.schema, &name.into());
    address.arguments = Some(spec.using.as_str().into());
    Ok(Object::new(address, spec))
}

impl Kind for OperatorFamilies {
    type Spec = OperatorFamily;
    const TAG: Tag = Tag("operator family");
    const AUTHORITY: Authority = Authority::Superuser;
    const CATALOG: Catalog = Catalog::PG_OPFAMILY;
    const ANY: Option<&str> = Some("SELECT FROM pg_opfamily WHERE oid >= 16384");
    const OWNED: bool = true;

    fn queries(_version: ServerVersion) -> Vec<String> {
        vec![read::FAMILIES.to_owned(), OperatorMembers::query(Self::CATALOG)]
    }

    fn decode(rows: Vec<Vec<Row>>, reading: &mut Reading) -> Result<(), DecodeError> {
        read::decode(rows, reading)
    }

    fn sections() -> &'static [Section] {
        SECTIONS
    }

    fn create(it: &Declared<'_, OperatorFamily>) -> Vec<Step> {
        statements::create(it)
    }

    fn alter(from: &Declared<'_, OperatorFamily>, to: &Declared<'_, OperatorFamily>) -> Vec<Step> {
        statements::alter(from, to)
    }

    fn drop(it: &Declared<'_, OperatorFamily>) -> Vec<Step> {
        vec![Step::drop(it.address, Sql::new("DROP ").append(&Self::comment_target(it.address)))]
    }

    fn comment_target(address: &Address) -> Sql {
        Sql::new("OPERATOR FAMILY ")
            .raw(&address.qualified())
            .raw(" USING ")
            .identifier(address.arguments.as_deref().unwrap_or_default())
    }
}
