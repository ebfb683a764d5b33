//! Materialized views.
//! <https://www.postgresql.org/docs/current/sql-creatematerializedview.html>

mod copy;
mod read;
mod sections;
mod statements;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use tokio_postgres::Row;

use crate::kind::tuning::{Compression, Storage};
use crate::kind::{
    Aside, Catalog, Copied, Copying, Declared, DecodeError, Kind, Reading, Section, ServerVersion,
    Transition, query_columns,
};
use crate::model::{Address, Grantable, Name, Part, Step, Tag};
use crate::sql::{Fragment, Sql};

/// The kind.
#[derive(Debug)]
pub struct MaterializedViews;

/// A materialized view.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MaterializedView {
    /// Names for the columns of the query, in a file only: PostgreSQL keeps them in the query.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<Name>,
    /// The access method, unless it is `heap`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub using: Option<Name>,
    /// Storage parameters, those of the TOAST table with `toast.` before them.
    #[serde(default, rename = "with", skip_serializing_if = "IndexMap::is_empty")]
    pub storage: IndexMap<String, String>,
    /// The tablespace, unless it is the database's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tablespace: Option<Name>,
    /// The database's, where this one has another.
    #[serde(skip)]
    pub usual_tablespace: Aside<Option<Name>>,
    /// Whether it has the rows of its query; one that has not cannot be read.
    #[serde(default = "yes", skip_serializing_if = "is_true")]
    pub populated: bool,
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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub storage: Option<Storage>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compression: Option<Compression>,
    /// The statistics target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statistics: Option<i32>,
    /// `n_distinct` and the like.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub options: IndexMap<String, String>,
    /// The storage that the column's type has by itself.
    #[serde(skip)]
    pub usual: Aside<Option<Storage>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

fn yes() -> bool {
    true
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
fn is_true(value: &bool) -> bool {
    *value
}

impl Kind for MaterializedViews {
    type Spec = MaterializedView;
    const TAG: Tag = Tag("materialized_view");
    const CATALOG: Catalog = Catalog::PG_CLASS;
    const PART: Option<&str> = Some("column");
    const PART_FOLLOWS: bool = true;
    const ANY: Option<&str> = Some("SELECT FROM pg_class WHERE relkind = 'm'");
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

    fn tablespaces(spec: &MaterializedView) -> Vec<Name> {
        spec.tablespace.clone().into_iter().collect()
    }

    fn adopt(
        canonical: &mut MaterializedView,
        written: &MaterializedView,
        live: Option<&MaterializedView>,
    ) {
        if written.columns.is_empty() {
            let live = live.map(|live| &live.query);
            query_columns::adopt(&mut canonical.query, &written.query, live);
        }
    }

    fn parts(spec: &MaterializedView) -> Vec<Name> {
        spec.output.keys().cloned().collect()
    }

    fn transition(from: &MaterializedView, to: &MaterializedView) -> Transition {
        if from.query != to.query {
            Transition::Replace("the query of a materialized view cannot change in place")
        } else if !from.output.iter().eq(&to.output) {
            Transition::Replace("the columns of a materialized view cannot change in place")
        } else if from.using != to.using {
            Transition::Replace(
                "the access method of a materialized view cannot change in place \
                 before PostgreSQL 15",
            )
        } else {
            Transition::InPlace
        }
    }

    fn claims(address: &Address) -> Vec<String> {
        // It brings a row type of its name along.
        vec![format!("relation {}", address.qualified()), format!("type {}", address.qualified())]
    }

    fn survives_retype(_it: &Declared<'_, MaterializedView>, _of: &[&Part]) -> bool {
        false
    }

    fn copy(
        from: &Declared<'_, MaterializedView>,
        to: &Declared<'_, MaterializedView>,
        copying: &Copying<'_>,
    ) -> Option<Copied> {
        copy::copy(from, to, copying)
    }

    fn create(it: &Declared<'_, MaterializedView>) -> Vec<Step> {
        statements::create(it)
    }

    fn alter(
        from: &Declared<'_, MaterializedView>,
        to: &Declared<'_, MaterializedView>,
    ) -> Vec<Step> {
        statements::alter(from, to)
    }

    fn drop(it: &Declared<'_, MaterializedView>) -> Vec<Step> {
        vec![statements::drop(it)]
    }

    fn comment_target(address: &Address) -> Sql {
        Sql::new("MATERIALIZED VIEW ").raw(&address.qualified())
    }

    fn grant_target(address: &Address) -> Sql {
        Sql::new("TABLE ").raw(&address.qualified())
    }
}
