//! Domains.
//! <https://www.postgresql.org/docs/current/sql-createdomain.html>

mod check;
mod doubts;
mod read;
mod sections;
mod statements;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tokio_postgres::Row;

pub use check::Check;

use crate::kind::{
    Catalog, Declared, DecodeError, Doubt, Kind, Reading, Release, Section, ServerVersion,
    Transition, Unfinished, is_default, replacement,
};
use crate::model::{Address, Grantable, Name, Part, Step, Tag};
use crate::sql::{Fragment, Sql};

/// The kind.
#[derive(Debug)]
pub struct Domains;

/// A domain. What is left out is PostgreSQL's default.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Domain {
    /// The type underneath.
    #[serde(rename = "type")]
    pub data_type: Fragment,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collation: Option<Fragment>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Fragment>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub not_null: bool,
    /// They are tested in the order of their names.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub check: BTreeMap<Name, Check>,
}

impl Kind for Domains {
    type Spec = Domain;
    const TAG: Tag = Tag("domain");
    const CATALOG: Catalog = Catalog::PG_TYPE;
    const PART: Option<&str> = Some("check");
    const ANY: Option<&str> = Some("SELECT FROM pg_type WHERE typtype = 'd' AND oid >= 16384");
    const GRANTABLE: Option<Grantable> = Some(Grantable::Type);

    fn queries(_version: ServerVersion) -> Vec<String> {
        vec![read::DOMAINS.to_owned(), read::CONSTRAINTS.to_owned()]
    }

    fn decode(rows: Vec<Vec<Row>>, reading: &mut Reading) -> Result<(), DecodeError> {
        read::decode(rows, reading)
    }

    fn sections() -> &'static [Section] {
        sections::SECTIONS
    }

    fn adopt(canonical: &mut Domain, written: &Domain, live: Option<&Domain>) {
        if let (Some(default), Some(written)) = (&mut canonical.default, &written.default) {
            default.adopt(written, live.and_then(|live| live.default.as_ref()));
        }
        for (name, check) in &mut canonical.check {
            if let Some(written) = written.check.get(name) {
                let live = live.and_then(|live| live.check.get(name)).map(|live| &live.expression);
                check.expression.adopt(&written.expression, live);
            }
        }
    }

    fn parts(spec: &Domain) -> Vec<Name> {
        spec.check.keys().cloned().collect()
    }

    fn unfinished(live: &Domain, wanted: Option<&Domain>) -> Vec<Unfinished> {
        let so_too = |name: &Name| {
            wanted.and_then(|it| it.check.get(name)).is_some_and(|check| check.not_valid)
        };
        let checks = live.check.iter().filter(|(name, check)| check.not_valid && !so_too(name));
        let what = "it is not validated: values from before it may be against it";
        checks.map(|(name, _)| Unfinished::new(&["check", name, "not_valid"], what)).collect()
    }

    fn transition(from: &Domain, to: &Domain) -> Transition {
        if from.data_type != to.data_type || from.collation != to.collation {
            Transition::Replace("the type under a domain cannot change in place")
        } else {
            Transition::InPlace
        }
    }

    fn claims(address: &Address) -> Vec<String> {
        vec![format!("type {}", address.qualified())]
    }

    fn doubts(from: Option<&Declared<'_, Domain>>, to: &Declared<'_, Domain>) -> Vec<Doubt> {
        doubts::doubts(from, to)
    }

    fn create(it: &Declared<'_, Domain>) -> Vec<Step> {
        statements::create(it)
    }

    fn alter(from: &Declared<'_, Domain>, to: &Declared<'_, Domain>) -> Vec<Step> {
        statements::alter(from, to)
    }

    fn drop(it: &Declared<'_, Domain>) -> Vec<Step> {
        let sql = Sql::new("DROP DOMAIN ").raw(&it.address.qualified());
        vec![Step::drop(it.address, sql)]
    }

    fn replace(_from: &Declared<'_, Domain>, to: &Declared<'_, Domain>) -> Option<Vec<Step>> {
        Some(replacement(to.address, "DOMAIN", statements::create(to)))
    }

    /// Default and checks step aside, unless it is the type underneath that is replaced.
    fn release(
        it: &Declared<'_, Domain>,
        _column: Option<&Name>,
        referenced: &[Part],
    ) -> Option<Release> {
        statements::release(it, referenced)
    }

    fn reread(it: &Declared<'_, Domain>) -> Vec<Step> {
        let release = statements::release(it, &[]).unwrap_or_default();
        [release.aside, release.back].concat()
    }

    fn rename_part(address: &Address, from: &Name, to: &Name) -> Sql {
        let sql = Sql::new("ALTER DOMAIN ").raw(&address.qualified()).raw(" RENAME CONSTRAINT ");
        sql.identifier(from).raw(" TO ").identifier(to)
    }

    fn comment_target(address: &Address) -> Sql {
        Sql::new("DOMAIN ").raw(&address.qualified())
    }
}
