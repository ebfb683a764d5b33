//! Rules on tables and views. The one that makes a relation a view is the view's own.
//! <https://www.postgresql.org/docs/current/sql-createrule.html>

mod read;
mod statements;

use serde::{Deserialize, Serialize};
use tokio_postgres::Row;

use crate::kind::{
    Catalog, Declared, DecodeError, Enabled, Entry, FormError, Kind, Reading, Section,
    ServerVersion, is_default, query_columns,
};
use crate::model::{Address, Object, Part, Step, Tag};
use crate::sql::{Fragment, Sql};

/// The kind.
#[derive(Debug)]
pub struct Rules;

/// A rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    pub on: Event,
    #[serde(default, rename = "where", skip_serializing_if = "Option::is_none")]
    pub condition: Option<Fragment>,
    /// Whether the commands run in place of the one that the rule is about.
    #[serde(default, skip_serializing_if = "is_default")]
    pub instead: bool,
    /// `NOTHING`, a command, or several in parentheses with semicolons between.
    #[serde(rename = "do")]
    pub action: Fragment,
    #[serde(default, skip_serializing_if = "is_default")]
    pub enabled: Enabled,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Event {
    Insert,
    Update,
    Delete,
}

const SECTIONS: &[Section] = &[Section {
    key: "rule",
    within: &[Tag("table"), Tag("view")],
    named: true,
    short: None,
    from_file: None,
    read,
    write: |object| {
        let rule = object.spec.get::<Rule>()?;
        let condition = rule.condition.as_ref().map(Fragment::idiomatic);
        serde_json::to_value(Rule { condition, ..rule.clone() }).ok()
    },
}];

fn read(entry: &Entry<'_>) -> Result<Object, FormError> {
    let mut spec: Rule = entry.form.read()?;
    spec.action = spec.action.without_semicolon();
    Ok(Object::new(entry.on_relation(Rules::TAG), spec))
}

impl Kind for Rules {
    type Spec = Rule;
    const TAG: Tag = Tag("rule");
    const CATALOG: Catalog = Catalog::PG_REWRITE;
    const ANY: Option<&str> =
        Some("SELECT FROM pg_rewrite WHERE rulename <> '_RETURN' AND oid >= 16384");

    fn query(_version: ServerVersion) -> String {
        read::QUERY.to_owned()
    }

    fn decode_row(row: &Row, reading: &mut Reading) -> Result<(), DecodeError> {
        read::decode(row, reading)
    }

    fn sections() -> &'static [Section] {
        SECTIONS
    }

    fn adopt(canonical: &mut Rule, written: &Rule, live: Option<&Rule>) {
        if let (Some(condition), Some(written)) = (&mut canonical.condition, &written.condition) {
            condition.adopt(written, live.and_then(|live| live.condition.as_ref()));
        }
        // An INSERT without a list of columns goes by their order, as a star does.
        let action = live.map(|live| &live.action);
        if action.is_some_and(|action| *action == written.action) {
            query_columns::adopt(&mut canonical.action, &written.action, action);
        }
    }

    fn survives_retype(_it: &Declared<'_, Rule>, _of: &[&Part]) -> bool {
        false
    }

    fn create(it: &Declared<'_, Rule>) -> Vec<Step> {
        statements::create(it)
    }

    fn alter(from: &Declared<'_, Rule>, to: &Declared<'_, Rule>) -> Vec<Step> {
        statements::alter(from, to)
    }

    fn drop(it: &Declared<'_, Rule>) -> Vec<Step> {
        vec![statements::drop(it)]
    }

    fn comment_target(address: &Address) -> Sql {
        Sql::new("RULE ").identifier(&address.name).raw(" ON ").raw(&address.relation_qualified())
    }
}
