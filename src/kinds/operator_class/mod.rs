//! Operator classes: how an index method handles a type.
//! <https://www.postgresql.org/docs/current/sql-createopclass.html>

mod read;

use serde::{Deserialize, Serialize};
use tokio_postgres::Row;

use crate::kind::{
    Authority, Catalog, Declared, DecodeError, Entry, FormError, Kind, Reading, Section,
    ServerVersion, Transition, is_default, member_clauses,
};
use crate::model::{Address, Object, Step, Tag};
use crate::sql::{Fragment, Sql};

/// The kind.
#[derive(Debug)]
pub struct OperatorClasses;

/// An operator class.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OperatorClass {
    #[serde(rename = "type")]
    pub data_type: Fragment,
    /// The index method.
    pub using: String,
    /// Whether it is the one for its type where an index names none.
    #[serde(default, skip_serializing_if = "is_default")]
    pub default: bool,
    /// Left out of a file, it is the family of the same name, which PostgreSQL makes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub family: Option<Fragment>,
    /// The type that the index stores, where it is another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub storage: Option<Fragment>,
    /// Each as SQL has it: `1 <(integer,integer)`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub operators: Vec<Fragment>,
    /// Each as SQL has it: `1 (integer, integer) btint4cmp(integer,integer)`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub functions: Vec<Fragment>,
}

const SECTIONS: &[Section] = &[Section {
    key: "operator_class",
    within: &[],
    named: true,
    short: None,
    from_file: None,
    read,
    write: |object| Some(object.spec.tree()),
}];

/// Classes of a name are told apart by their index methods.
fn read(entry: &Entry<'_>) -> Result<Object, FormError> {
    let spec: OperatorClass = entry.form.read()?;
    let key = &**entry.name;
    let name = key.split_once('(').map_or(key, |(name, _)| name);
    let mut address = Address::in_schema(OperatorClasses::TAG, entry.schema, &name.into());
    address.arguments = Some(spec.using.as_str().into());
    Ok(Object::new(address, spec))
}

impl Kind for OperatorClasses {
    type Spec = OperatorClass;
    const TAG: Tag = Tag("operator class");
    const AUTHORITY: Authority = Authority::Superuser;
    const CATALOG: Catalog = Catalog::PG_OPCLASS;
    const ANY: Option<&str> = Some("SELECT FROM pg_opclass WHERE oid >= 16384");
    const OWNED: bool = true;

    fn queries(_version: ServerVersion) -> Vec<String> {
        read::queries()
    }

    fn decode(rows: Vec<Vec<Row>>, reading: &mut Reading) -> Result<(), DecodeError> {
        read::decode(rows, reading)
    }

    fn sections() -> &'static [Section] {
        SECTIONS
    }

    fn transition(_from: &OperatorClass, _to: &OperatorClass) -> Transition {
        Transition::Replace("an operator class cannot change in place")
    }

    fn create(it: &Declared<'_, OperatorClass>) -> Vec<Step> {
        let spec = it.spec;
        let mut sql = Sql::new("CREATE OPERATOR CLASS ").raw(&it.address.qualified());
        sql = sql.raw(if spec.default { "\n    DEFAULT FOR TYPE " } else { "\n    FOR TYPE " });
        sql = sql.fragment(&spec.data_type).raw(" USING ").identifier(&spec.using);
        if let Some(family) = &spec.family {
            sql = sql.raw(" FAMILY ").fragment(family);
        }
        let storage = spec.storage.as_ref().map(|storage| Sql::new("STORAGE ").fragment(storage));
        let mut clauses = member_clauses(&spec.operators, &spec.functions);
        clauses.extend(storage);
        if clauses.is_empty() {
            // A class must have something; its own type is what it stores.
            clauses.push(Sql::new("STORAGE ").fragment(&spec.data_type));
        }
        for (n, clause) in clauses.iter().enumerate() {
            sql = sql.raw(if n == 0 { " AS\n    " } else { ",\n    " }).append(clause);
        }
        vec![Step::create(it.address, sql)]
    }

    fn alter(_from: &Declared<'_, OperatorClass>, _to: &Declared<'_, OperatorClass>) -> Vec<Step> {
        Vec::new()
    }

    fn drop(it: &Declared<'_, OperatorClass>) -> Vec<Step> {
        vec![Step::drop(it.address, Sql::new("DROP ").append(&Self::comment_target(it.address)))]
    }

    fn comment_target(address: &Address) -> Sql {
        Sql::new("OPERATOR CLASS ")
            .raw(&address.qualified())
            .raw(" USING ")
            .identifier(address.arguments.as_deref().unwrap_or_default())
    }
}
