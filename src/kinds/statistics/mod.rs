//! Extended statistics: what the planner is to know of several columns, or of expressions.
//! <https://www.postgresql.org/docs/current/planner-stats.html#PLANNER-STATS-EXTENDED>

mod read;
mod sections;
mod statements;

use serde::{Deserialize, Serialize};
use tokio_postgres::Row;

use crate::kind::{
    Catalog, Declared, DecodeError, Kind, Label, Reading, Section, ServerVersion, Transition,
    usual_index_name,
};
use crate::model::{Address, Name, Part, Step, Tag};
use crate::sql::{Fragment, Sql, parse_identifier_list};

/// The kind.
#[derive(Debug)]
pub struct StatisticsObjects;

/// A statistics object. One in its relation's schema nests under that; another stands at the top
/// of a file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statistics {
    /// The relation, with its schema, if that is not the one of the statistics.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<Fragment>,
    /// Columns, and expressions in parentheses.
    pub columns: Vec<Fragment>,
    /// What is gathered; everything when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<Gathered>,
    /// How many values are sampled; that of the columns when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<i32>,
}

/// <https://www.postgresql.org/docs/current/sql-createstatistics.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Gathered {
    NDistinct,
    Dependencies,
    Mcv,
}

impl Kind for StatisticsObjects {
    type Spec = Statistics;
    const TAG: Tag = Tag("statistics");
    const CATALOG: Catalog = Catalog::PG_STATISTIC_EXT;
    const RENAME_LOCKS_RELATION: bool = false;
    const ANY: Option<&str> = Some("SELECT FROM pg_statistic_ext");
    const OWNED: bool = true;

    fn query(_version: ServerVersion) -> String {
        read::QUERY.to_owned()
    }

    fn decode_row(row: &Row, reading: &mut Reading) -> Result<(), DecodeError> {
        read::decode(row, reading)
    }

    fn sections() -> &'static [Section] {
        sections::SECTIONS
    }

    fn transition(from: &Statistics, to: &Statistics) -> Transition {
        if (Statistics { target: to.target, ..from.clone() }) == *to {
            Transition::InPlace
        } else {
            Transition::Replace("the definition of statistics cannot change in place")
        }
    }

    /// PostgreSQL makes them anew, and forgets the target.
    fn survives_retype(it: &Declared<'_, Statistics>, _of: &[&Part]) -> bool {
        it.spec.target.is_none()
    }

    fn claims(address: &Address) -> Vec<String> {
        vec![format!("statistics {}", address.qualified())]
    }

    fn create(it: &Declared<'_, Statistics>) -> Vec<Step> {
        statements::create(it)
    }

    fn alter(_from: &Declared<'_, Statistics>, to: &Declared<'_, Statistics>) -> Vec<Step> {
        vec![statements::target(to)]
    }

    fn drop(it: &Declared<'_, Statistics>) -> Vec<Step> {
        vec![statements::drop(it)]
    }

    fn default_name(it: &Declared<'_, Statistics>, _columns: &[Name]) -> Option<String> {
        let plain = |column: &Fragment| parse_identifier_list(column.as_str()).ok()?.pop();
        // An expression has a name that only the server finds.
        let columns: Option<Vec<String>> = it.spec.columns.iter().map(plain).collect();
        let relation = it.address.relation.as_deref()?;
        Some(usual_index_name(relation, &columns?, Label::Statistics, ""))
    }

    fn comment_target(address: &Address) -> Sql {
        Sql::new("STATISTICS ").raw(&address.qualified())
    }
}
