//! Views.
//! <https://www.postgresql.org/docs/current/sql-createview.html>

mod read;
mod sections;
mod statements;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use tokio_postgres::Row;

use crate::kind::{
    Catalog, Declared, DecodeError, Kind, Reading, Release, Section, ServerVersion, Transition,
    is_default, query_columns,
};
use crate::model::{Address, Grantable, Name, Part, Step, Tag};
use crate::sql::{Fragment, Sql};

/// The kind.
#[derive(Debug)]
pub struct Views;

/// A view.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct View {
    /// Names for the columns of the query, in a file only: PostgreSQL keeps them in the query.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<Name>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check_option: Option<CheckOption>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub security_barrier: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    pub security_invoker: bool,
    pub query: Fragment,
    /// What is to be said of columns beyond the query.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub column: IndexMap<Name, Column>,
    /// The columns that the query has, and their types: known once a server has read it.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub output: IndexMap<Name, String>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// What an INSERT through the view gives when it leaves the column out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Fragment>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CheckOption {
    Local,
    Cascaded,
}

impl Kind for Views {
    type Spec = View;
    const TAG: Tag = Tag("view");
    const CATALOG: Catalog = Catalog::PG_CLASS;
    const PART: Option<&str> = Some("column");
    const PART_FOLLOWS: bool = true;
    const ANY: Option<&str> = Some("SELECT FROM pg_class WHERE relkind = 'v' AND oid >= 16384");
    const GRANTABLE: Option<Grantable> = Some(Grantable::Relation);

    fn queries(_version: ServerVersion) -> Vec<String> {
        vec![read::columns(), read::VIEWS.to_owned()]
    }

    fn decode(rows: Vec<Vec<Row>>, reading: &mut Reading) -> Result<(), DecodeError> {
        read::decode(rows, reading)
    }

    fn sections() -> &'static [Section] {
        sections::SECTIONS
    }

    fn adopt(canonical: &mut View, written: &View, live: Option<&View>) {
        if written.columns.is_empty() {
            let live = live.map(|live| &live.query);
            query_columns::adopt(&mut canonical.query, &written.query, live);
        }
        for (name, column) in &mut canonical.column {
            let written = written.column.get(name).and_then(|written| written.default.as_ref());
            if let (Some(default), Some(written)) = (&mut column.default, written) {
                let live = live.and_then(|live| live.column.get(name)?.default.as_ref());
                default.adopt(written, live);
            }
        }
    }

    fn parts(spec: &View) -> Vec<Name> {
        spec.output.keys().cloned().collect()
    }

    fn transition(from: &View, to: &View) -> Transition {
        let kept = from.output.iter().zip(&to.output).all(|(old, new)| old == new);
        if kept && from.output.len() <= to.output.len() {
            Transition::InPlace
        } else {
            Transition::Replace("the columns that a view has can neither go nor change in place")
        }
    }

    fn claims(address: &Address) -> Vec<String> {
        // A view brings a row type of its name along.
        vec![format!("relation {}", address.qualified()), format!("type {}", address.qualified())]
    }

    fn create(it: &Declared<'_, View>) -> Vec<Step> {
        statements::create(it)
    }

    fn alter(from: &Declared<'_, View>, to: &Declared<'_, View>) -> Vec<Step> {
        statements::alter(from, to)
    }

    fn drop(it: &Declared<'_, View>) -> Vec<Step> {
        vec![statements::drop(it)]
    }

    fn survives_retype(_it: &Declared<'_, View>, _of: &[&Part]) -> bool {
        false
    }

    fn release(
        it: &Declared<'_, View>,
        column: Option<&Name>,
        _referenced: &[Part],
    ) -> Option<Release> {
        statements::release(it, column?)
    }

    fn reread(it: &Declared<'_, View>) -> Vec<Step> {
        vec![statements::redefine(it, &[])]
    }

    fn comment_target(address: &Address) -> Sql {
        Sql::new("VIEW ").raw(&address.qualified())
    }

    fn grant_target(address: &Address) -> Sql {
        Sql::new("TABLE ").raw(&address.qualified())
    }
}
