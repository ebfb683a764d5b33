//! Indexes that no constraint owns, and names of those that partitions have from their parents.
//! <https://www.postgresql.org/docs/current/sql-createindex.html>

mod attached;
mod elements;
mod online;
mod read;
mod sections;
mod statements;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use tokio_postgres::Row;

use crate::kind::{
    Aside, Catalog, Declared, DecodeError, Doubt, IndexSettings, Kind, Reading, Section,
    ServerVersion, Transition, Unfinished, is_default,
};
use crate::model::{Address, Name, Part, Step, Tag};
use crate::sql::{Fragment, Sql, key_expression};

/// The kind.
#[derive(Debug)]
pub struct Indexes;

/// An index.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Index {
    /// The index of the parent that this one of a partition belongs to: it is there by itself,
    /// and the entry merely names it. There are no columns then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attached_to: Option<Fragment>,
    /// Each as in CREATE INDEX: a column or an expression, then collation, operator class, order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<Fragment>,
    /// On a partitioned table, and on none of its partitions: invalid until each has one attached.
    #[serde(default, skip_serializing_if = "is_default")]
    pub only: bool,
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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tablespace: Option<Name>,
    /// CLUSTER orders the table by it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub clustered: bool,
    /// Statistics targets of columns that are expressions, by their position from 1 on.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub statistics: IndexMap<String, i32>,
    /// Whether the table is partitioned: its index takes no other storage parameters then.
    #[serde(skip)]
    pub partitioned: Aside<bool>,
    /// Whether a key that a partition has by itself is attached to it. Neither can be dropped
    /// without the other then.
    #[serde(skip)]
    pub takes_keys: Aside<bool>,
    /// Left behind by a concurrent build that failed: nobody can wish for it, so the next plan
    /// replaces it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub invalid: bool,
}

impl Index {
    fn settings(&self) -> IndexSettings<'_> {
        IndexSettings {
            storage: &self.storage,
            tablespace: self.tablespace.as_ref(),
            clustered: self.clustered,
        }
    }
}

impl Kind for Indexes {
    type Spec = Index;
    const TAG: Tag = Tag("index");
    const CATALOG: Catalog = Catalog::PG_CLASS;
    const RENAME_LOCKS_RELATION: bool = false;
    const ANY: Option<&str> = Some("SELECT FROM pg_index WHERE indexrelid >= 16384");

    fn queries(version: ServerVersion) -> Vec<String> {
        read::queries(version)
    }

    fn comes_with_relation(spec: &Index) -> bool {
        spec.attached_to.is_none() && !spec.only
    }

    fn decode(rows: Vec<Vec<Row>>, reading: &mut Reading) -> Result<(), DecodeError> {
        read::decode(rows, reading)
    }

    fn sections() -> &'static [Section] {
        sections::SECTIONS
    }

    fn tablespaces(spec: &Index) -> Vec<Name> {
        spec.tablespace.clone().into_iter().collect()
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

    /// PostgreSQL builds it anew, and forgets the statistics targets.
    fn survives_retype(it: &Declared<'_, Index>, _of: &[&Part]) -> bool {
        it.spec.statistics.is_empty()
    }

    fn stays(spec: &Index) -> bool {
        spec.attached_to.is_some()
    }

    fn unfinished(live: &Index, wanted: Option<&Index>) -> Vec<Unfinished> {
        let mut found = Vec::new();
        if live.invalid {
            let what = "it is invalid: building it did not finish, and no query uses it";
            found.push(Unfinished::new(&["invalid"], what).idle());
        }
        if live.only && !wanted.is_some_and(|wanted| wanted.only) {
            found.push(Unfinished::new(&["only"], "not every partition has its part of it"));
        }
        found
    }

    fn transition(from: &Index, to: &Index) -> Transition {
        // Where some partitions lack theirs, these can be built.
        let like = Index {
            only: to.only && from.only,
            storage: to.storage.clone(),
            tablespace: to.tablespace.clone(),
            clustered: to.clustered,
            statistics: to.statistics.clone(),
            ..from.clone()
        };
        if from.invalid {
            Transition::Replace("it is invalid: an earlier build did not finish")
        } else if from.partitioned.0 && from.storage != to.storage {
            Transition::Replace("an index of a partitioned table keeps its storage parameters")
        } else if like == *to {
            Transition::InPlace
        } else {
            Transition::Replace("the definition of an index cannot change in place")
        }
    }

    fn claims(address: &Address) -> Vec<String> {
        let schema = address.schema.as_deref().unwrap_or_default();
        vec![format!("relation {}.{}", crate::sql::quote_identifier(schema), address.name)]
    }

    fn doubts(from: Option<&Declared<'_, Index>>, it: &Declared<'_, Index>) -> Vec<Doubt> {
        let Index { columns, predicate, unique, nulls_not_distinct, .. } = it.spec;
        let keys = columns.iter().map(|column| key_expression(column.as_str()));
        let keys = keys.collect::<Option<Vec<String>>>();
        let Some(keys) = keys.filter(|keys| *unique && !keys.is_empty() && from.is_none()) else {
            return Vec::new();
        };
        let relation = it.address.relation_qualified();
        vec![Doubt::duplicates(&relation, &keys, predicate.as_ref(), *nulls_not_distinct)]
    }

    fn create(it: &Declared<'_, Index>) -> Vec<Step> {
        statements::create(it)
    }

    fn alter(from: &Declared<'_, Index>, to: &Declared<'_, Index>) -> Vec<Step> {
        statements::alter(from, to)
    }

    fn drop(it: &Declared<'_, Index>) -> Vec<Step> {
        statements::drop(it)
    }

    fn replace(from: &Declared<'_, Index>, to: &Declared<'_, Index>) -> Option<Vec<Step>> {
        online::replace(from, to)
    }

    fn default_name(it: &Declared<'_, Index>, _columns: &[Name]) -> Option<String> {
        online::default_name(it)
    }

    fn comment_target(address: &Address) -> Sql {
        Sql::new("INDEX ").raw(&address.qualified())
    }
}
