//! Indexes that no constraint owns.
//! <https://www.postgresql.org/docs/current/sql-createindex.html>

mod read;
mod statements;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use tokio_postgres::Row;

use crate::kind::{
    Catalog, Declared, DecodeError, Entry, FormError, Kind, Reading, Section, ServerVersion,
    Transition, is_default,
};
use crate::model::{Address, Name, Object, Step, Tag};
use crate::sql::{Fragment, Sql};

/// The kind.
#[derive(Debug)]
pub struct Indexes;

/// An index.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Index {
    /// Each as in CREATE INDEX: a column or an expression, then collation, operator class, order.
    pub columns: Vec<Fragment>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub unique: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    pub nulls_not_distinct: bool,
    /// The access method; `btree` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub using: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub include: Vec<Name>,
    #[serde(default, rename = "where", skip_serializing_if = "Option::is_none")]
    pub predicate: Option<Fragment>,
    #[serde(default, rename = "with", skip_serializing_if = "IndexMap::is_empty")]
    pub storage: IndexMap<String, String>,
    /// Left behind by a concurrent build that failed, or on a partitioned table by a partition
    /// that has none to attach: nobody can wish for it, so the next plan replaces it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub invalid: bool,
}

const SECTIONS: &[Section] = &[Section {
    key: "index",
    within: &[Tag("table"), Tag("materialized_view")],
    named: true,
    short: Some("columns"),
    from_file: None,
    read,
    // A pulled file wishes for the index, not for its being invalid.
    write: |object| {
        let index = object.spec.get::<Index>()?;
        let predicate = index.predicate.as_ref().map(Fragment::idiomatic);
        let spec = Index { invalid: false, predicate, ..index.clone() };
        serde_json::to_value(spec).ok()
    },
}];

fn read(entry: &Entry<'_>) -> Result<Object, FormError> {
    let mut spec: Index = entry.form.read()?;
    if spec.invalid {
        return Err(FormError::new(
            "pgconverge::desired::invalid_value",
            "an index cannot be declared invalid",
        ));
    }
    if spec.using.as_deref() == Some("btree") {
        spec.using = None;
    }
    Ok(Object::new(entry.on_relation(Indexes::TAG), spec))
}

impl Kind for Indexes {
    type Spec = Index;
    const TAG: Tag = Tag("index");
    const CATALOG: Catalog = Catalog::PG_CLASS;

    fn queries(version: ServerVersion) -> Vec<String> {
        vec![read::OPERATOR_CLASSES.to_owned(), read::COLLATIONS.to_owned(), read::query(version)]
    }

    fn decode(rows: Vec<Vec<Row>>, reading: &mut Reading) -> Result<(), DecodeError> {
        read::decode(rows, reading)
    }

    fn sections() -> &'static [Section] {
        SECTIONS
    }

    fn adopt(canonical: &mut Index, written: &Index, live: Option<&Index>) {
        if canonical.columns.len() == written.columns.len() {
            for (n, column) in canonical.columns.iter_mut().enumerate() {
                column.adopt(&written.columns[n], live.and_then(|live| live.columns.get(n)));
            }
        }
        if let (Some(predicate), Some(written)) = (&mut canonical.predicate, &written.predicate) {
            predicate.adopt(written, live.and_then(|live| live.predicate.as_ref()));
        }
    }

    fn transition(from: &Index, to: &Index) -> Transition {
        if from.invalid {
            Transition::Replace("it is invalid: an earlier build did not finish")
        } else if (Index { storage: to.storage.clone(), ..from.clone() }) == *to {
            Transition::InPlace
        } else {
            Transition::Replace("the definition of an index cannot change in place")
        }
    }

    fn claims(address: &Address) -> Vec<String> {
        let schema = address.schema.as_deref().unwrap_or_default();
        vec![format!("relation {}.{}", crate::sql::quote_identifier(schema), address.name)]
    }

    fn create(it: &Declared<'_, Index>) -> Vec<Step> {
        vec![statements::create(it)]
    }

    fn alter(from: &Declared<'_, Index>, to: &Declared<'_, Index>) -> Vec<Step> {
        statements::alter(from, to)
    }

    fn drop(it: &Declared<'_, Index>) -> Vec<Step> {
        vec![statements::drop(it)]
    }

    fn comment_target(address: &Address) -> Sql {
        Sql::new("INDEX ").raw(&address.qualified())
    }
}
