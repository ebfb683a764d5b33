//! Triggers on tables, and how they fire on single partitions.
//! <https://www.postgresql.org/docs/current/sql-createtrigger.html>

mod read;
mod sections;
mod statements;

use serde::{Deserialize, Serialize};
use tokio_postgres::Row;

use crate::kind::{
    Aside, Authority, Catalog, Declared, DecodeError, Enabled, Kind, Reading, Section,
    ServerVersion, Transition, is_default,
};
use crate::model::{Address, Name, Part, Step, Tag};
use crate::sql::{Fragment, Sql};

/// The kind.
#[derive(Debug)]
pub struct Triggers;

/// A trigger. Exactly one of `before`, `after` and `instead_of` has events.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trigger {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub before: Vec<Event>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<Event>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub instead_of: Vec<Event>,
    /// The columns whose update fires it; all when absent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub update_of: Vec<Name>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub for_each: Level,
    /// Names for the transition tables.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old_table: Option<Name>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_table: Option<Name>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Fragment>,
    /// The function with its arguments: `stamp('updated_at')`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub execute: Fragment,
    /// The other table that a constraint trigger is about.
    #[serde(default, rename = "from", skip_serializing_if = "Option::is_none")]
    pub from_table: Option<Fragment>,
    /// A constraint trigger, and when it fires.
    #[serde(default, skip_serializing_if = "is_default")]
    pub constraint: Timing,
    #[serde(default, skip_serializing_if = "is_default")]
    pub enabled: Enabled,
    /// Of a trigger that a partition has from its parent, in what state it is there; then nothing
    /// else is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inherited: Option<Enabled>,
    /// And in what state the parent's is.
    #[serde(skip)]
    pub parents: Aside<Enabled>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Event {
    Insert,
    Update,
    Delete,
    Truncate,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    Row,
    #[default]
    Statement,
}

/// Whether a trigger is a constraint trigger, and when that is checked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Timing {
    #[default]
    #[serde(rename = "no")]
    No,
    #[serde(rename = "not deferrable")]
    NotDeferrable,
    #[serde(rename = "immediate")]
    Immediate,
    #[serde(rename = "deferred")]
    Deferred,
}

impl Kind for Triggers {
    type Spec = Trigger;
    const TAG: Tag = Tag("trigger");
    const AUTHORITY: Authority = Authority::Trigger;
    const CATALOG: Catalog = Catalog::PG_TRIGGER;
    const ANY: Option<&str> = Some("SELECT FROM pg_trigger WHERE NOT tgisinternal");

    fn query(_version: ServerVersion) -> String {
        read::QUERY.to_owned()
    }

    fn decode_row(row: &Row, reading: &mut Reading) -> Result<(), DecodeError> {
        read::decode(row, reading)
    }

    fn sections() -> &'static [Section] {
        sections::SECTIONS
    }

    fn needs(it: &Declared<'_, Trigger>) -> Vec<Part> {
        let (Some(schema), Some(relation)) = (&it.address.schema, &it.address.relation) else {
            return Vec::new();
        };
        let table = Address::in_schema(Tag("table"), schema, relation);
        it.spec.update_of.iter().map(|column| Part::column(&table, column)).collect()
    }

    fn adopt(canonical: &mut Trigger, written: &Trigger, live: Option<&Trigger>) {
        if let (Some(when), Some(written)) = (&mut canonical.when, &written.when) {
            when.adopt(written, live.and_then(|live| live.when.as_ref()));
        }
    }

    fn transition(from: &Trigger, to: &Trigger) -> Transition {
        if from.inherited.is_some() != to.inherited.is_some() {
            return Transition::Replace("a partition's own trigger is not the one of its parent");
        }
        let only_enabled = Trigger { enabled: to.enabled, ..from.clone() } == *to;
        let constraint = from.constraint != Timing::No || to.constraint != Timing::No;
        if constraint && !only_enabled {
            Transition::Replace("a constraint trigger cannot change in place")
        } else {
            Transition::InPlace
        }
    }

    fn survives_retype(_it: &Declared<'_, Trigger>, _of: &[&Part]) -> bool {
        false
    }

    fn create(it: &Declared<'_, Trigger>) -> Vec<Step> {
        statements::create(it)
    }

    fn alter(from: &Declared<'_, Trigger>, to: &Declared<'_, Trigger>) -> Vec<Step> {
        statements::alter(from, to)
    }

    fn drop(it: &Declared<'_, Trigger>) -> Vec<Step> {
        statements::drop(it)
    }

    fn comment_target(address: &Address) -> Sql {
        Sql::new("TRIGGER ")
            .identifier(&address.name)
            .raw(" ON ")
            .raw(&address.relation_qualified())
    }
}
