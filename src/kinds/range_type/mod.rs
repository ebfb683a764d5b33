//! Range types.
//! <https://www.postgresql.org/docs/current/rangetypes.html>

mod names;
mod read;
mod statements;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio_postgres::Row;

use crate::kind::{
    Catalog, Declared, DecodeError, Entry, FormError, Kind, Reading, Section, ServerVersion,
    Transition, is_default,
};
use crate::model::{Address, Grantable, Object, Step, Tag};
use crate::sql::{Fragment, Sql, short_type};

/// The kind.
#[derive(Debug)]
pub struct RangeTypes;

/// A range type. What is left out is PostgreSQL's default.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RangeType {
    pub subtype: Fragment,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subtype_opclass: Option<Fragment>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collation: Option<Fragment>,
    /// The function that tells how far apart two values are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subtype_diff: Option<Fragment>,
    /// The name of the multirange type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub multirange: Option<Fragment>,
    /// A function that makes values has another name than its type, as a rename by hand leaves it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub misnamed: bool,
}

const SECTIONS: &[Section] = &[Section {
    key: "range_type",
    within: &[],
    named: true,
    short: Some("subtype"),
    from_file: None,
    read,
    write,
}];

fn read(entry: &Entry<'_>) -> Result<Object, FormError> {
    let spec: RangeType = entry.form.read()?;
    if spec.misnamed {
        let message = "nobody wants the functions of a range type to have other names than it";
        return Err(FormError::new("pgconverge::desired::invalid_value", message)
            .help("leave `misnamed` out"));
    }
    Ok(Object::new(Address::in_schema(RangeTypes::TAG, entry.schema, entry.name), spec))
}

fn write(object: &Object) -> Option<Value> {
    let mut spec = object.spec.get::<RangeType>()?.clone();
    spec.misnamed = false;
    let schema = object.address.schema.as_deref();
    spec.subtype = Fragment::new(short_type(spec.subtype.as_str(), schema));
    serde_json::to_value(spec).ok()
}

impl Kind for RangeTypes {
    type Spec = RangeType;
    const TAG: Tag = Tag("range_type");
    const CATALOG: Catalog = Catalog::PG_TYPE;
    const ANY: Option<&str> = Some("SELECT FROM pg_range WHERE rngtypid >= 16384");
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

    fn transition(from: &RangeType, to: &RangeType) -> Transition {
        if *to == (RangeType { misnamed: to.misnamed, ..from.clone() }) {
            Transition::InPlace
        } else {
            Transition::Replace("nothing about a range type can change in place")
        }
    }

    fn claims(address: &Address) -> Vec<String> {
        vec![format!("type {}", address.qualified())]
    }

    fn create(it: &Declared<'_, RangeType>) -> Vec<Step> {
        vec![statements::create(it)]
    }

    fn alter(from: &Declared<'_, RangeType>, to: &Declared<'_, RangeType>) -> Vec<Step> {
        statements::alter(from, to)
    }

    fn drop(it: &Declared<'_, RangeType>) -> Vec<Step> {
        let sql = Sql::new("DROP TYPE ").raw(&it.address.qualified());
        vec![Step::drop(it.address, sql)]
    }

    fn replace(from: &Declared<'_, RangeType>, to: &Declared<'_, RangeType>) -> Option<Vec<Step>> {
        Some(statements::replace(from, to))
    }

    fn rename_along(from: &Address, to: &Address) -> Option<(&'static str, Sql)> {
        Some(("name what comes with it", names::follow(from, to)?))
    }

    fn comment_target(address: &Address) -> Sql {
        Sql::new("TYPE ").raw(&address.qualified())
    }
}
