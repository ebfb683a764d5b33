//! Operators.
//! <https://www.postgresql.org/docs/current/sql-createoperator.html>

mod read;
mod statements;

use serde::{Deserialize, Serialize};
use tokio_postgres::Row;

use crate::kind::{
    Catalog, Declared, DecodeError, Entry, FormError, Kind, Reading, Section, ServerVersion,
    Transition, is_default,
};
use crate::model::{Address, Object, Step, Tag};
use crate::sql::{Fragment, Sql};

/// The kind.
#[derive(Debug)]
pub struct Operators;

/// An operator. Its operand types tell it from others of its name.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operator {
    /// The type of the left operand; a prefix operator has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<Fragment>,
    pub right: Fragment,
    /// The function that it calls.
    pub function: Fragment,
    /// Another operator, by its name: `OPERATOR(public.<<)`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commutator: Option<Fragment>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub negator: Option<Fragment>,
    /// The function that estimates how many rows a restriction leaves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restrict: Option<Fragment>,
    /// The function that estimates how many rows a join gives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub join: Option<Fragment>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub hashes: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    pub merges: bool,
}

const SECTIONS: &[Section] = &[Section {
    key: "operator",
    within: &[],
    named: true,
    short: None,
    from_file: None,
    read,
    write: |object| Some(object.spec.tree()),
}];

/// The key is the name, with the operand types after it where that tells several apart: no operator
/// has a parenthesis in its name.
fn read(entry: &Entry<'_>) -> Result<Object, FormError> {
    let spec: Operator = entry.form.read()?;
    let key = &**entry.name;
    let name = key.split_once('(').map_or(key, |(name, _)| name);
    let mut address = Address::in_schema(Operators::TAG, entry.schema, &name.into());
    let left = spec.left.as_ref().map_or("NONE", Fragment::as_str);
    address.arguments = Some(format!("{left}, {}", spec.right.as_str()).into());
    Ok(Object::new(address, spec))
}

impl Kind for Operators {
    type Spec = Operator;
    const TAG: Tag = Tag("operator");
    const CATALOG: Catalog = Catalog::PG_OPERATOR;
    const RENAMABLE: bool = false;
    const ANY: Option<&str> = Some("SELECT FROM pg_operator WHERE oid >= 16384");
    const OWNED: bool = true;

    fn query(_version: ServerVersion) -> String {
        read::QUERY.to_owned()
    }

    fn decode_row(row: &Row, reading: &mut Reading) -> Result<(), DecodeError> {
        read::decode(row, reading)
    }

    fn sections() -> &'static [Section] {
        SECTIONS
    }

    /// Only the estimators change in place on every major.
    /// <https://www.postgresql.org/docs/current/sql-alteroperator.html>
    fn transition(from: &Operator, to: &Operator) -> Transition {
        let estimated =
            Operator { restrict: from.restrict.clone(), join: from.join.clone(), ..to.clone() };
        if estimated == *from {
            Transition::InPlace
        } else {
            Transition::Replace("an operator changes nothing but its estimators in place")
        }
    }

    fn create(it: &Declared<'_, Operator>) -> Vec<Step> {
        statements::create(it)
    }

    fn alter(from: &Declared<'_, Operator>, to: &Declared<'_, Operator>) -> Vec<Step> {
        statements::alter(from, to)
    }

    fn drop(it: &Declared<'_, Operator>) -> Vec<Step> {
        let sql = Sql::new("DROP OPERATOR ").raw(&statements::signature(it.address));
        vec![Step::drop(it.address, sql)]
    }

    fn comment_target(address: &Address) -> Sql {
        Sql::new("OPERATOR ").raw(&statements::signature(address))
    }
}
