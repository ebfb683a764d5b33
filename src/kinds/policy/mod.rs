//! Row security policies.
//! <https://www.postgresql.org/docs/current/ddl-rowsecurity.html>

mod read;
mod statements;

use serde::{Deserialize, Serialize};
use tokio_postgres::Row;

use crate::kind::{
    Catalog, Declared, DecodeError, Entry, FormError, Kind, Reading, Section, ServerVersion,
    Transition, is_default,
};
use crate::model::{Address, Name, Object, Part, Step, Tag};
use crate::sql::{Fragment, Sql};

/// The kind.
#[derive(Debug)]
pub struct Policies;

/// A policy.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    #[serde(default, rename = "for", skip_serializing_if = "is_default")]
    pub command: Command,
    #[serde(default, skip_serializing_if = "is_default")]
    pub restrictive: bool,
    /// The roles; `public`, that is everybody, when absent.
    #[serde(default, rename = "to", skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<Name>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub using: Option<Fragment>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub with_check: Option<Fragment>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Command {
    #[default]
    All,
    Select,
    Insert,
    Update,
    Delete,
}

const SECTIONS: &[Section] = &[Section {
    key: "policy",
    within: &[Tag("table")],
    named: true,
    short: None,
    from_file: None,
    read,
    write: |object| {
        let policy = object.spec.get::<Policy>()?;
        let using = policy.using.as_ref().map(Fragment::idiomatic);
        let with_check = policy.with_check.as_ref().map(Fragment::idiomatic);
        serde_json::to_value(Policy { using, with_check, ..policy.clone() }).ok()
    },
}];

fn read(entry: &Entry<'_>) -> Result<Object, FormError> {
    let mut spec: Policy = entry.form.read()?;
    spec.roles.retain(|role| &**role != "public");
    spec.roles.sort();
    Ok(Object::new(entry.on_relation(Policies::TAG), spec))
}

impl Kind for Policies {
    type Spec = Policy;
    const TAG: Tag = Tag("policy");
    const CATALOG: Catalog = Catalog::PG_POLICY;
    const ANY: Option<&str> = Some("SELECT FROM pg_policy");

    fn query(_version: ServerVersion) -> String {
        read::QUERY.to_owned()
    }

    fn decode_row(row: &Row, reading: &mut Reading) -> Result<(), DecodeError> {
        read::decode(row, reading)
    }

    fn sections() -> &'static [Section] {
        SECTIONS
    }

    fn roles(it: &Declared<'_, Policy>) -> Vec<Name> {
        it.spec.roles.clone()
    }

    fn adopt(canonical: &mut Policy, written: &Policy, live: Option<&Policy>) {
        if let (Some(using), Some(written)) = (&mut canonical.using, &written.using) {
            using.adopt(written, live.and_then(|live| live.using.as_ref()));
        }
        if let (Some(check), Some(written)) = (&mut canonical.with_check, &written.with_check) {
            check.adopt(written, live.and_then(|live| live.with_check.as_ref()));
        }
    }

    /// <https://www.postgresql.org/docs/current/sql-alterpolicy.html>
    fn transition(from: &Policy, to: &Policy) -> Transition {
        if from.command != to.command || from.restrictive != to.restrictive {
            Transition::Replace(
                "the command and the permissiveness of a policy cannot change in place",
            )
        } else if (from.using.is_some() && to.using.is_none())
            || (from.with_check.is_some() && to.with_check.is_none())
        {
            Transition::Replace("an expression of a policy cannot be taken away in place")
        } else {
            Transition::InPlace
        }
    }

    fn survives_retype(_it: &Declared<'_, Policy>, _of: &[&Part]) -> bool {
        false
    }

    fn create(it: &Declared<'_, Policy>) -> Vec<Step> {
        vec![statements::create(it)]
    }

    fn alter(_from: &Declared<'_, Policy>, to: &Declared<'_, Policy>) -> Vec<Step> {
        vec![statements::alter(to)]
    }

    fn drop(it: &Declared<'_, Policy>) -> Vec<Step> {
        vec![statements::drop(it)]
    }

    fn comment_target(address: &Address) -> Sql {
        Sql::new("POLICY ").identifier(&address.name).raw(" ON ").raw(&address.relation_qualified())
    }
}
